from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.indexing.throttle import AT_WORK_SECONDS, Throttle
from core.reports import Hold
from tests.helpers.engine.manual_clock import ManualClock
from tests.helpers.indexing.turn_takers import TurnTakers

CORES = 4


class ThrottleHistory(RuleBasedStateMachine):
    """After any sequence of events, exactly as many threads have a turn as the limit allows."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.throttle = Throttle(CORES, self.clock)
        self.holds: list[Hold] = []
        self.turns = self.throttle.begin(self.holds.append)
        self.takers = TurnTakers()
        self.is_paused = self.is_on_battery = self.is_gentle = False
        self.at_work_until = 0.0

    @property
    def limit(self) -> float:
        if self.is_paused or self.is_on_battery:
            return 0
        if self.is_gentle:
            return 1
        return CORES - 1 if self.clock.seconds < self.at_work_until else math.inf

    @precondition(lambda self: self.takers.waiting + len(self.takers.working) < 2 * CORES)
    @rule()
    def ask(self) -> None:
        self.takers.ask(self.turns)

    @precondition(lambda self: self.takers.working)
    @rule(data=st.data())
    def end(self, data: st.DataObject) -> None:
        self.takers.end(data.draw(st.integers(0, len(self.takers.working) - 1)))

    @rule(is_paused=st.booleans())
    def pause_or_resume(self, is_paused: bool) -> None:
        self.is_paused = is_paused
        (self.throttle.pause if is_paused else self.throttle.resume)()

    @rule(is_on_battery=st.booleans())
    def unplug_or_plug_in(self, is_on_battery: bool) -> None:
        self.is_on_battery = is_on_battery
        self.throttle.set_on_battery(is_on_battery)

    @rule(is_gentle=st.booleans())
    def set_gentle(self, is_gentle: bool) -> None:
        self.is_gentle = is_gentle
        self.throttle.set_gentle(is_gentle)

    @rule()
    def give_input(self) -> None:
        self.at_work_until = self.clock.seconds + AT_WORK_SECONDS
        self.throttle.note_user_activity()

    @rule(seconds=st.sampled_from([1, AT_WORK_SECONDS]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.throttle.set_gentle(self.is_gentle)  # or the waiting threads check the clock only after five real seconds

    @rule()
    def begin_another_run(self) -> None:
        self.turns.close()
        assert self.takers.all_stop()
        self.turns = self.throttle.begin(self.holds.append)

    @invariant()
    def limit_is_reached_and_not_exceeded(self) -> None:
        while self.takers.waiting and len(self.takers.working) < self.limit:
            assert self.takers.begin()

    @invariant()
    def hold_is_reported(self) -> None:
        assert self.holds[-1] is self.throttle.hold
        assert (self.throttle.hold is Hold.RUNNING) == (not self.is_paused and not self.is_on_battery)

    def teardown(self) -> None:
        self.turns.close()
        assert self.takers.all_stop()  # no thread has begun a turn since the last check
        while self.takers.working:
            self.takers.end()


TestThrottleHistory = ThrottleHistory.TestCase
TestThrottleHistory.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
