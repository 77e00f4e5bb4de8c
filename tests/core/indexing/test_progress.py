from __future__ import annotations

import pytest

from core.indexing.progress import Meter
from core.reports import Hold, Progress, Stage
from tests.helpers.engine.manual_clock import ManualClock


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock()


@pytest.fixture
def reports() -> list[Progress]:
    return []


@pytest.fixture
def meter(clock: ManualClock, reports: list[Progress]) -> Meter:
    return Meter(reports.append, clock)


def test_every_stage_is_reported_when_it_begins(meter: Meter, reports: list[Progress]) -> None:
    meter.begin(Stage.SCANNING, 0)
    meter.begin(Stage.EMBEDDING, 7)

    assert reports == [Progress(Stage.SCANNING, 0, 0), Progress(Stage.EMBEDDING, 0, 7)]


def test_progress_is_reported_at_most_ten_times_a_second(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    meter.begin(Stage.EMBEDDING, 10_000)
    for _ in range(1000):
        clock.seconds += 0.001
        meter.advance()

    assert 9 <= len(reports) - 1 <= 10


def test_photos_counted_between_reports_are_not_lost(meter: Meter, reports: list[Progress], clock: ManualClock) -> None:
    meter.begin(Stage.EMBEDDING, 10)
    meter.advance()
    meter.advance(4)
    assert reports[-1].done == 0
    clock.seconds += 0.2
    meter.advance()

    assert reports[-1].done == 6


def test_count_starts_at_zero_in_each_stage(meter: Meter, reports: list[Progress], clock: ManualClock) -> None:
    meter.begin(Stage.SCANNING, 0)
    clock.seconds += 1
    meter.advance(50)
    meter.begin(Stage.EMBEDDING, 7)

    assert reports[-1] == Progress(Stage.EMBEDDING, 0, 7)


def test_rate_and_time_left_cover_only_the_current_stage(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    clock.seconds += 1000
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 4
    meter.advance(20)

    assert reports[-1] == Progress(Stage.EMBEDDING, 20, 100, images_per_second=5.0, seconds_left=16.0)


def test_time_left_is_unknown_in_the_first_two_seconds(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 1
    meter.advance(20)

    assert reports[-1].images_per_second == 20.0
    assert reports[-1].seconds_left is None


def test_time_left_is_unknown_without_a_total_or_a_rate(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    for total, done in ((0, 20), (100, 0)):
        meter.begin(Stage.EMBEDDING, total)
        clock.seconds += 10
        meter.advance(done)

        assert reports[-1].seconds_left is None


def test_time_left_is_zero_at_the_end(meter: Meter, reports: list[Progress], clock: ManualClock) -> None:
    meter.begin(Stage.EMBEDDING, 20)
    clock.seconds += 4
    meter.advance(20)

    assert reports[-1].seconds_left == 0.0


def test_pause_is_reported_at_once_and_without_a_rate(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    clock.seconds += 4
    meter.advance(20)
    meter.hold(Hold.PAUSED)
    meter.hold(Hold.ON_BATTERY)
    meter.hold(Hold.ON_BATTERY)

    assert reports[-2:] == [Progress(Stage.EMBEDDING, 20, 100, hold=hold) for hold in (Hold.PAUSED, Hold.ON_BATTERY)]
    assert len(reports) == 4


def test_hold_is_not_reported_while_it_stays_the_same(meter: Meter, reports: list[Progress]) -> None:
    meter.hold(Hold.RUNNING)

    assert reports == []


def test_paused_time_does_not_count_towards_the_rate(meter: Meter, reports: list[Progress], clock: ManualClock) -> None:
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

    assert reports[-1] == Progress(Stage.EMBEDDING, 40, 100, images_per_second=5.0, seconds_left=12.0)


def test_work_finished_during_a_pause_counts_with_its_time(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    meter.begin(Stage.EMBEDDING, 100)
    meter.hold(Hold.PAUSED)
    clock.seconds += 2
    meter.advance(10)
    clock.seconds += 5000
    meter.hold(Hold.RUNNING)

    assert reports[-1] == Progress(Stage.EMBEDDING, 10, 100, images_per_second=5.0, seconds_left=18.0)


def test_stage_that_begins_during_a_pause_is_timed_from_its_end(
    meter: Meter, reports: list[Progress], clock: ManualClock
) -> None:
    meter.hold(Hold.PAUSED)
    clock.seconds += 1000
    meter.begin(Stage.EMBEDDING, 100)
    assert reports[-1] == Progress(Stage.EMBEDDING, 0, 100, hold=Hold.PAUSED)
    clock.seconds += 1000
    meter.hold(Hold.RUNNING)
    clock.seconds += 4
    meter.advance(20)

    assert reports[-1] == Progress(Stage.EMBEDDING, 20, 100, images_per_second=5.0, seconds_left=16.0)


def test_copying_continues_while_the_run_is_paused(meter: Meter, reports: list[Progress], clock: ManualClock) -> None:
    meter.hold(Hold.PAUSED)
    meter.begin(Stage.STORING, 0)
    assert reports[-1].hold is Hold.RUNNING
    meter.copied(0, 100)
    clock.seconds += 4
    meter.copied(20, 100)
    assert reports[-1] == Progress(Stage.COPYING, 20, 100, images_per_second=5.0, seconds_left=16.0)
    meter.hold(Hold.RUNNING)

    assert reports[-1] == Progress(Stage.COPYING, 20, 100, images_per_second=5.0, seconds_left=16.0)
