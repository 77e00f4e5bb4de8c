from __future__ import annotations

import pytest

from core.progress import Meter
from core.reports import Progress, Stage


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


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
