from __future__ import annotations

import sys
from threading import Lock, Thread
from typing import TYPE_CHECKING

import pytest

from core.indexing.throttle import AT_WORK_SECONDS, Throttle, Turns
from core.reports import Hold
from tests.helpers.engine.manual_clock import ManualClock
from tests.helpers.indexing.turn_takers import TurnTakers
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

CORES = 4
A_BIT = 1 / 64


def ignore(_: Hold) -> None:
    pass


def most_at_once(turns: Turns, threads: int) -> int:
    """Return how many turns were in progress at most while many threads competed for them."""
    working: list[object] = []
    most = 0
    counting = Lock()

    def take_turns() -> None:
        nonlocal most
        for _ in range(100):
            with turns.turn():
                with counting:
                    working.append(None)
                    most = max(most, len(working))
                with counting:
                    working.pop()

    workers = [Thread(target=take_turns, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(HANG_TIMEOUT)
        assert not worker.is_alive()
    return most


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def throttle(clock: ManualClock) -> Throttle:
    return Throttle(CORES, clock)


@pytest.fixture
def holds() -> list[Hold]:
    return []


@pytest.fixture
def turns(throttle: Throttle, holds: list[Hold]) -> Iterator[Turns]:
    turns = throttle.begin(holds.append)
    yield turns
    turns.close()


@pytest.fixture
def takers() -> Iterator[TurnTakers]:
    takers = TurnTakers()
    yield takers
    while takers.working:
        takers.end()


@pytest.fixture
def _frequent_thread_switches() -> Iterator[None]:
    """Make threads interrupt each other all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_run_is_unlimited_by_default(turns: Turns, takers: TurnTakers, holds: list[Hold]) -> None:
    takers.ask(turns, 3 * CORES)

    assert takers.all_begin()
    assert holds == [Hold.RUNNING]


def test_gentle_run_takes_one_turn_at_a_time(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_gentle(True)
    takers.ask(turns, 3)
    for _ in range(3):
        assert takers.begin()
        assert takers.all_wait()
        takers.end()


def test_ending_gentle_mode_begins_all_waiting_turns(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_gentle(True)
    takers.ask(turns, 3)
    assert takers.begin()
    assert takers.all_wait()
    throttle.set_gentle(False)

    assert takers.all_begin()


@pytest.mark.usefixtures("_frequent_thread_switches")
@pytest.mark.parametrize("is_gentle", [True, False])
def test_limit_holds_while_threads_compete_for_turns(throttle: Throttle, turns: Turns, is_gentle: bool) -> None:
    throttle.set_gentle(is_gentle)
    throttle.note_user_activity()

    assert most_at_once(turns, 2 * CORES) <= (1 if is_gentle else CORES - 1)


@pytest.mark.parametrize(("cores", "left"), [(CORES, CORES - 1), (2, 1), (1, 1)])
def test_one_core_is_left_free_while_the_user_works(
    clock: ManualClock, takers: TurnTakers, cores: int, left: int
) -> None:
    throttle = Throttle(cores, clock)
    throttle.note_user_activity()
    takers.ask(throttle.begin(ignore), cores + 1)
    assert all(takers.begin() for _ in range(left))

    assert takers.all_wait()


def test_waiting_turn_begins_when_the_user_stops_working(
    throttle: Throttle, clock: ManualClock, takers: TurnTakers
) -> None:
    throttle.note_user_activity()
    clock.seconds += AT_WORK_SECONDS - A_BIT
    takers.ask(throttle.begin(ignore), CORES)
    assert all(takers.begin() for _ in range(CORES - 1))
    assert takers.all_wait()
    clock.seconds += A_BIT

    assert takers.all_begin()


def test_core_is_left_free_for_a_fixed_time_after_the_last_input(
    throttle: Throttle, clock: ManualClock, turns: Turns, takers: TurnTakers
) -> None:
    for _ in range(2):
        throttle.note_user_activity()
        clock.seconds += AT_WORK_SECONDS - A_BIT
    takers.ask(turns, CORES)
    assert all(takers.begin() for _ in range(CORES - 1))

    assert takers.all_wait()
    clock.seconds += A_BIT
    assert takers.all_begin()


def test_pause_completes_running_turns_and_begins_no_others(
    throttle: Throttle, turns: Turns, takers: TurnTakers
) -> None:
    takers.ask(turns)
    assert takers.begin()
    throttle.pause()
    takers.ask(turns)
    takers.end()

    assert takers.all_wait()


def test_resume_begins_all_waiting_turns(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.pause()
    takers.ask(turns, CORES)
    assert takers.all_wait()
    throttle.resume()

    assert takers.all_begin()


def test_run_on_battery_waits_for_mains_power(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_on_battery(True)
    takers.ask(turns)
    assert takers.all_wait()
    throttle.set_on_battery(False)

    assert takers.all_begin()


def test_pauses_by_the_user_and_on_battery_end_independently(
    throttle: Throttle, turns: Turns, takers: TurnTakers, holds: list[Hold]
) -> None:
    throttle.pause()
    throttle.set_on_battery(True)
    takers.ask(turns)
    throttle.set_on_battery(False)
    assert takers.all_wait()
    throttle.set_on_battery(True)
    throttle.resume()
    assert takers.all_wait()
    throttle.set_on_battery(False)

    assert takers.all_begin()
    assert holds == [Hold.RUNNING, Hold.PAUSED, Hold.ON_BATTERY, Hold.RUNNING]


def test_only_changes_of_the_hold_are_reported_and_only_to_open_runs(
    throttle: Throttle, turns: Turns, holds: list[Hold]
) -> None:
    throttle.pause()
    throttle.pause()
    throttle.set_gentle(True)
    throttle.note_user_activity()
    turns.close()
    throttle.resume()

    assert holds == [Hold.RUNNING, Hold.PAUSED]


def test_run_that_begins_during_a_pause_waits(throttle: Throttle, takers: TurnTakers, holds: list[Hold]) -> None:
    throttle.pause()
    takers.ask(throttle.begin(holds.append))

    assert takers.all_wait()
    assert holds == [Hold.PAUSED]


def test_closing_a_run_stops_waiting_and_later_turns(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_gentle(True)
    takers.ask(turns, CORES)
    assert takers.begin()
    assert takers.all_wait()
    turns.close()
    turns.close()
    assert takers.all_stop()
    takers.end()
    takers.ask(turns)

    assert takers.all_stop()


def test_closing_a_paused_run_stops_waiting_turns(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.pause()
    takers.ask(turns, CORES)
    assert takers.all_wait()
    turns.close()

    assert takers.all_stop()


def test_closing_a_run_affects_neither_other_runs_nor_the_pause(
    throttle: Throttle, turns: Turns, takers: TurnTakers
) -> None:
    throttle.pause()
    takers.ask(throttle.begin(ignore))
    turns.close()
    assert takers.all_wait()
    throttle.resume()

    assert takers.all_begin()


def test_unfinished_turn_of_a_closed_run_counts_in_the_next_run(
    throttle: Throttle, turns: Turns, takers: TurnTakers
) -> None:
    throttle.set_gentle(True)
    takers.ask(turns)
    assert takers.begin()
    turns.close()
    takers.ask(throttle.begin(ignore))
    assert takers.all_wait()
    takers.end()

    assert takers.all_begin()


def test_turn_ends_when_its_work_fails(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_gentle(True)
    with pytest.raises(OSError, match="disk"), turns.turn():
        raise OSError("disk")
    takers.ask(turns)

    assert takers.all_begin()


def test_nested_turn_is_an_error_instead_of_a_deadlock(throttle: Throttle, turns: Turns, takers: TurnTakers) -> None:
    throttle.set_gentle(True)
    with pytest.raises(AssertionError, match="turn within a turn"), turns.turn(), turns.turn():
        pass
    takers.ask(turns)

    assert takers.all_begin()
