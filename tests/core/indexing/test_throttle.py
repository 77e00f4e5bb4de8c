from __future__ import annotations

import sys
from threading import Lock, Thread
from typing import TYPE_CHECKING

import pytest

from core.indexing.throttle import AT_WORK_SECONDS, Throttle, Turns
from core.reports import Hold
from tests.helpers.engine.manual_clock import Clock
from tests.helpers.indexing.turn_takers import TurnTakers
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Iterator

CORES = 4
A_BIT = 1 / 64


def ignore(_: Hold) -> None:
    pass


def most_at_once(turns: Turns, threads: int) -> int:
    """Return how many turns there were at the same time while threads took many in a rush."""
    working: list[object] = []
    most = 0
    counting = Lock()

    def rush() -> None:
        nonlocal most
        for _ in range(100):
            with turns.turn():
                with counting:
                    working.append(None)
                    most = max(most, len(working))
                with counting:
                    working.pop()

    workers = [Thread(target=rush, daemon=True) for _ in range(threads)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(HANGING)
        assert not worker.is_alive()
    return most


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def pace(clock: Clock) -> Throttle:
    return Throttle(CORES, clock)


@pytest.fixture
def told() -> list[Hold]:
    return []


@pytest.fixture
def turns(pace: Throttle, told: list[Hold]) -> Iterator[Turns]:
    turns = pace.begin(told.append)
    yield turns
    turns.close()


@pytest.fixture
def takers() -> Iterator[TurnTakers]:
    takers = TurnTakers()
    yield takers
    while takers.working:
        takers.end()


@pytest.fixture
def _hectic() -> Iterator[None]:
    """Let threads interrupt one another all the time."""
    usual = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    yield
    sys.setswitchinterval(usual)


def test_nothing_limits_a_run_by_itself(turns: Turns, takers: TurnTakers, told: list[Hold]) -> None:
    takers.ask(turns, 3 * CORES)

    assert takers.all_begin()
    assert told == [Hold.RUNNING]


def test_gentle_run_does_one_thing_at_a_time(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    takers.ask(turns, 3)
    for _ in range(3):
        assert takers.begin()
        assert takers.wait()
        takers.end()


def test_run_that_is_no_longer_gentle_does_all_that_waits(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    takers.ask(turns, 3)
    assert takers.begin()
    assert takers.wait()
    pace.be_gentle(False)

    assert takers.all_begin()


@pytest.mark.usefixtures("_hectic")
@pytest.mark.parametrize("is_gentle", [True, False])
def test_limit_holds_in_a_rush(pace: Throttle, turns: Turns, is_gentle: bool) -> None:
    pace.be_gentle(is_gentle)
    pace.user_is_at_work()

    assert most_at_once(turns, 2 * CORES) <= (1 if is_gentle else CORES - 1)


@pytest.mark.parametrize(("cores", "left"), [(CORES, CORES - 1), (2, 1), (1, 1)])
def test_core_is_left_to_a_user_at_work(clock: Clock, takers: TurnTakers, cores: int, left: int) -> None:
    pace = Throttle(cores, clock)
    pace.user_is_at_work()
    takers.ask(pace.begin(ignore), cores + 1)
    assert all(takers.begin() for _ in range(left))

    assert takers.wait()


def test_user_who_stops_working_leaves_the_core_to_whoever_waits(
    pace: Throttle, clock: Clock, takers: TurnTakers
) -> None:
    pace.user_is_at_work()
    clock.seconds += AT_WORK_SECONDS - A_BIT
    takers.ask(pace.begin(ignore), CORES)
    assert all(takers.begin() for _ in range(CORES - 1))
    assert takers.wait()
    clock.seconds += A_BIT

    assert takers.all_begin()


def test_user_who_goes_on_working_keeps_the_core_no_longer_than_that(
    pace: Throttle, clock: Clock, turns: Turns, takers: TurnTakers
) -> None:
    for _ in range(2):
        pace.user_is_at_work()
        clock.seconds += AT_WORK_SECONDS - A_BIT
    takers.ask(turns, CORES)
    assert all(takers.begin() for _ in range(CORES - 1))

    assert takers.wait()
    clock.seconds += A_BIT
    assert takers.all_begin()


def test_pause_lets_running_turns_end_and_begins_no_other(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    takers.ask(turns)
    assert takers.begin()
    pace.pause()
    takers.ask(turns)
    takers.end()

    assert takers.wait()


def test_resume_begins_all_that_waits(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.pause()
    takers.ask(turns, CORES)
    assert takers.wait()
    pace.resume()

    assert takers.all_begin()


def test_battery_holds_a_run_until_the_mains_are_back(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.hold_on_battery(True)
    takers.ask(turns)
    assert takers.wait()
    pace.hold_on_battery(False)

    assert takers.all_begin()


def test_user_and_battery_each_end_their_own_hold_alone(
    pace: Throttle, turns: Turns, takers: TurnTakers, told: list[Hold]
) -> None:
    pace.pause()
    pace.hold_on_battery(True)
    takers.ask(turns)
    pace.hold_on_battery(False)
    assert takers.wait()
    pace.hold_on_battery(True)
    pace.resume()
    assert takers.wait()
    pace.hold_on_battery(False)

    assert takers.all_begin()
    assert told == [Hold.RUNNING, Hold.PAUSED, Hold.ON_BATTERY, Hold.RUNNING]


def test_only_changes_of_the_hold_are_told_and_only_to_runs_that_go_on(
    pace: Throttle, turns: Turns, told: list[Hold]
) -> None:
    pace.pause()
    pace.pause()
    pace.be_gentle(True)
    pace.user_is_at_work()
    turns.close()
    pace.resume()

    assert told == [Hold.RUNNING, Hold.PAUSED]


def test_run_that_begins_in_a_pause_is_held(pace: Throttle, takers: TurnTakers, told: list[Hold]) -> None:
    pace.pause()
    takers.ask(pace.begin(told.append))

    assert takers.wait()
    assert told == [Hold.PAUSED]


def test_closing_stops_all_that_wait_and_all_that_come(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    takers.ask(turns, CORES)
    assert takers.begin()
    assert takers.wait()
    turns.close()
    turns.close()
    assert takers.all_stop()
    takers.end()
    takers.ask(turns)

    assert takers.all_stop()


def test_closing_a_paused_run_stops_all_that_wait(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.pause()
    takers.ask(turns, CORES)
    assert takers.wait()
    turns.close()

    assert takers.all_stop()


def test_closing_a_run_stops_no_other_and_leaves_the_pause(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.pause()
    takers.ask(pace.begin(ignore))
    turns.close()
    assert takers.wait()
    pace.resume()

    assert takers.all_begin()


def test_what_a_closed_run_still_does_counts_in_the_next_one(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    takers.ask(turns)
    assert takers.begin()
    turns.close()
    takers.ask(pace.begin(ignore))
    assert takers.wait()
    takers.end()

    assert takers.all_begin()


def test_turn_ends_with_an_error_too(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    with pytest.raises(OSError, match="disk"), turns.turn():
        raise OSError("disk")
    takers.ask(turns)

    assert takers.all_begin()


def test_turn_within_a_turn_is_refused_and_not_waited_for(pace: Throttle, turns: Turns, takers: TurnTakers) -> None:
    pace.be_gentle(True)
    with pytest.raises(AssertionError, match="turn within a turn"), turns.turn(), turns.turn():
        pass
    takers.ask(turns)

    assert takers.all_begin()
