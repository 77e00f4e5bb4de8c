from __future__ import annotations

import pytest

from core.indexing.progress import Meter
from core.reports import Hold, Progress, Stage
from tests.helpers.engine.manual_clock import Clock


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def told() -> list[Progress]:
    return []


@pytest.fixture
def meter(clock: Clock, told: list[Progress]) -> Meter:
    return Meter(told.append, clock)


def test_every_stage_is_told_when_it_begins(meter: Meter, told: list[Progress]) -> None:
    meter.begin(Stage.SCANNING, 0)
    meter.begin(Stage.EMBEDDING, 7)

    assert told == [Progress(Stage.SCANNING, 0, 0), Progress(Stage.EMBEDDING, 0, 7)]


def test_no_more_than_ten_times_a_second(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 10_000)
    for _ in range(1000):
        clock.seconds += 0.001
        meter.advance()

    assert 9 <= len(told) - 1 <= 10


def test_what_was_counted_between_is_not_lost(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 10)
    meter.advance()
    meter.advance(4)
    assert told[-1].done == 0
    clock.seconds += 0.2
    meter.advance()

    assert told[-1].done == 6


def test_counting_begins_anew_with_each_stage(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.SCANNING, 0)
    clock.seconds += 1
    meter.advance(50)
    meter.begin(Stage.EMBEDDING, 7)

    assert told[-1] == Progress(Stage.EMBEDDING, 0, 7)


def test_rate_and_time_left_are_those_of_the_stage(meter: Meter, told: list[Progress], clock: Clock) -> None:
    clock.seconds += 1000
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 4
    meter.advance(20)

    assert told[-1] == Progress(Stage.EMBEDDING, 20, 100, images_per_second=5.0, seconds_left=16.0)


def test_time_left_is_not_guessed_from_a_moment(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 1
    meter.advance(20)

    assert told[-1].images_per_second == 20.0
    assert told[-1].seconds_left is None


def test_time_left_is_not_known_without_a_total_or_a_rate(meter: Meter, told: list[Progress], clock: Clock) -> None:
    for total, done in ((0, 20), (100, 0)):
        meter.begin(Stage.EMBEDDING, total)
        clock.seconds += 10
        meter.advance(done)

        assert told[-1].seconds_left is None


def test_nothing_is_left_at_the_end(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 20)
    clock.seconds += 4
    meter.advance(20)

    assert told[-1].seconds_left == 0.0


def test_hold_is_told_at_once_and_without_a_rate(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 4
    meter.advance(20)
    meter.hold(Hold.PAUSED)
    meter.hold(Hold.ON_BATTERY)
    meter.hold(Hold.ON_BATTERY)

    assert told[-2:] == [Progress(Stage.EMBEDDING, 20, 100, hold=hold) for hold in (Hold.PAUSED, Hold.ON_BATTERY)]
    assert len(told) == 4


def test_run_that_is_not_held_says_nothing_of_it(meter: Meter, told: list[Progress]) -> None:
    meter.hold(Hold.RUNNING)

    assert told == []


def test_time_that_a_run_was_held_does_not_count(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 3
    meter.advance(15)
    clock.seconds += 1
    for hold in (Hold.PAUSED, Hold.ON_BATTERY):
        meter.hold(hold)
        clock.seconds += 5000
    meter.hold(Hold.RUNNING)
    clock.seconds += 4
    meter.advance(25)

    assert told[-1] == Progress(Stage.EMBEDDING, 40, 100, images_per_second=5.0, seconds_left=12.0)


def test_what_was_in_hand_when_a_run_was_held_counts_with_its_time(
    meter: Meter, told: list[Progress], clock: Clock
) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    meter.hold(Hold.PAUSED)
    clock.seconds += 2
    meter.advance(10)
    clock.seconds += 5000
    meter.hold(Hold.RUNNING)

    assert told[-1] == Progress(Stage.EMBEDDING, 10, 100, images_per_second=5.0, seconds_left=18.0)


def test_stage_that_begins_while_held_counts_from_when_it_goes_on(
    meter: Meter, told: list[Progress], clock: Clock
) -> None:
    meter.hold(Hold.PAUSED)
    clock.seconds += 1000
    meter.begin(Stage.EMBEDDING, 100)
    assert told[-1] == Progress(Stage.EMBEDDING, 0, 100, hold=Hold.PAUSED)
    clock.seconds += 1000
    meter.hold(Hold.RUNNING)
    clock.seconds += 4
    meter.advance(20)

    assert told[-1] == Progress(Stage.EMBEDDING, 20, 100, images_per_second=5.0, seconds_left=16.0)


def test_copying_goes_on_while_the_run_is_held(meter: Meter, told: list[Progress], clock: Clock) -> None:
    meter.hold(Hold.PAUSED)
    meter.begin(Stage.STORING, 0)
    assert told[-1].hold is Hold.RUNNING
    meter.copied(0, 100)
    clock.seconds += 4
    meter.copied(20, 100)
    assert told[-1] == Progress(Stage.COPYING, 20, 100, images_per_second=5.0, seconds_left=16.0)
    meter.hold(Hold.RUNNING)

    assert told[-1] == Progress(Stage.COPYING, 20, 100, images_per_second=5.0, seconds_left=16.0)
