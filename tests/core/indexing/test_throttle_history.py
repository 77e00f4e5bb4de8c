from __future__ import annotations

import math

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from core.indexing.throttle import AT_WORK_SECONDS, Throttle
from core.reports import Hold
from tests.helpers.engine.manual_clock import Clock
from tests.helpers.indexing.turn_takers import TurnTakers

CORES = 4


class AnyCourse(RuleBasedStateMachine):
    """Whatever happens in whatever order, exactly as many work as may."""

    def __init__(self) -> None:
        super().__init__()
        self.clock = Clock()
        self.pace = Throttle(CORES, self.clock)
        self.told: list[Hold] = []
        self.turns = self.pace.begin(self.told.append)
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
        (self.pace.pause if is_paused else self.pace.resume)()

    @rule(is_on_battery=st.booleans())
    def unplug_or_plug_in(self, is_on_battery: bool) -> None:
        self.is_on_battery = is_on_battery
        self.pace.hold_on_battery(is_on_battery)

    @rule(is_gentle=st.booleans())
    def choose(self, is_gentle: bool) -> None:
        self.is_gentle = is_gentle
        self.pace.be_gentle(is_gentle)

    @rule()
    def work_in_the_window(self) -> None:
        self.at_work_until = self.clock.seconds + AT_WORK_SECONDS
        self.pace.user_is_at_work()

    @rule(seconds=st.sampled_from([1, AT_WORK_SECONDS]))
    def let_time_pass(self, seconds: float) -> None:
        self.clock.seconds += seconds
        self.pace.be_gentle(self.is_gentle)  # those that wait look at the clock now, not in five real seconds

    @rule()
    def begin_another_run(self) -> None:
        self.turns.close()
        assert self.takers.all_stop()
        self.turns = self.pace.begin(self.told.append)

    @invariant()
    def as_many_work_as_may(self) -> None:
        while self.takers.waiting and len(self.takers.working) < self.limit:
            assert self.takers.begin()

    @invariant()
    def hold_is_told(self) -> None:
        assert self.told[-1] is self.pace.hold
        assert (self.pace.hold is Hold.RUNNING) == (not self.is_paused and not self.is_on_battery)

    def teardown(self) -> None:
        self.turns.close()
        assert self.takers.all_stop()  # none of them has begun since the last look
        while self.takers.working:
            self.takers.end()


TestAnyCourse = AnyCourse.TestCase
TestAnyCourse.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
