from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.reports import Hold, IndexReport, LibraryStatus, Progress, RootStatus, Stage
from core.types import Failure, Hit, Label, Photo, Root
from desktop.texts import messages, run_messages

if TYPE_CHECKING:
    from qasync import QEventLoop

REPORT = IndexReport(0, 0, 0, 0, 0, 0, 0, (), 1.0, 0.0, "fake", 3, cancelled=False, waiting=0)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0.2, "1 s left"),
        (59, "59 s left"),
        (110, "2 min left"),
        (3000, "50 min left"),
        (5400, "1 h 30 min left"),
    ],
)
def test_the_remaining_time_is_rounded(seconds: float, words: str) -> None:
    assert run_messages.time_left(seconds) == words


def test_progress_uses_thousands_separators_and_leaves_out_unknown_values(loop: QEventLoop) -> None:
    assert (
        run_messages.progress(Progress(Stage.SCANNING, 1240, 0))
        == "Looking for photos\N{HORIZONTAL ELLIPSIS} 1,240 found"
    )
    assert run_messages.progress(Progress(Stage.STORING, 0, 0)) == "Finishing\N{HORIZONTAL ELLIPSIS}"
    assert run_messages.progress(Progress(Stage.EMBEDDING, 1240, 5800)) == "1,240 of 5,800 photos"
    copying = run_messages.progress(Progress(Stage.COPYING, 1240, 5800))
    assert copying == "Updating the search index: 1,240 of 5,800 photos"
    first = run_messages.progress(Progress(Stage.PREVIEWING, 1240, 5800, 300.0, 15.0))
    assert first == "Reading previews: 1,240 of 5,800 photos"
    line = run_messages.progress(Progress(Stage.EMBEDDING, 1240, 5800, 35.2, 130.0))
    assert line == "1,240 of 5,800 photos \N{MIDDLE DOT} 35 photos/s \N{MIDDLE DOT} 2 min left"


def test_a_paused_run_shows_the_reason_instead_of_its_speed(loop: QEventLoop) -> None:
    reading = Progress(Stage.EMBEDDING, 1240, 5800, hold=Hold.PAUSED)
    assert run_messages.progress(reading) == "Paused \N{MIDDLE DOT} 1,240 of 5,800 photos"
    on_battery = run_messages.progress(replace(reading, hold=Hold.ON_BATTERY))
    assert on_battery == "Paused on battery power \N{MIDDLE DOT} 1,240 of 5,800 photos"
    first = run_messages.progress(replace(reading, stage=Stage.PREVIEWING))
    assert first == "Paused \N{MIDDLE DOT} Reading previews: 1,240 of 5,800 photos"
    scanning = run_messages.progress(replace(reading, stage=Stage.SCANNING))
    assert scanning == "Paused \N{MIDDLE DOT} 1,240 photos found"


def test_a_provisional_photo_is_marked_as_preview_only(loop: QEventLoop) -> None:
    hit = Hit(1, Photo(Path("a.jpg")), 0.8, Label.CLOSE)
    provisional = replace(hit, photo=replace(hit.photo, is_provisional=True))
    assert messages.closeness(hit) == "close"
    assert messages.closeness(provisional) == "close (preview only)"
    assert "close (preview only)" in messages.spoken(provisional, 3)


def test_a_score_is_rounded_down_so_that_it_agrees_with_its_label(loop: QEventLoop) -> None:
    hit = Hit(1, Photo(Path("a.jpg")), 0.9199, Label.CLOSE)
    assert messages.score(hit) == "0.91"
    assert messages.score(replace(hit, score=1.0)) == "0.99"
    assert messages.score(replace(hit, score=1.0, label=Label.IDENTICAL)) == "1.00"


def test_a_tooltip_says_how_much_closer_a_photo_is_than_others(loop: QEventLoop) -> None:
    hit = Hit(1, Photo(Path("a.jpg")), 0.8, Label.CLOSE, 99.978)
    assert messages.details(hit) == "a.jpg\nClose, score 0.80\nCloser than 99.97 % of your photos"
    assert (
        messages.details(replace(hit, percentile=62.5)) == "a.jpg\nClose, score 0.80\nCloser than 62 % of your photos"
    )
    assert messages.details(replace(hit, percentile=None)) == "a.jpg\nClose, score 0.80"


def test_a_download_is_counted_in_bytes(loop: QEventLoop) -> None:
    download = Progress(Stage.DOWNLOADING, 12 * 1024 * 1024, 0)
    assert run_messages.progress(download) == "Downloading the model: 12.00 MiB"
    assert (
        run_messages.progress(replace(download, total=2 * download.done))
        == "Downloading the model: 12.00 MiB of 24.00 MiB"
    )


def test_a_report_leaves_out_zero_counts(loop: QEventLoop) -> None:
    assert run_messages.report(replace(REPORT, indexed=1200, moved=2)) == "Done: 1,200 indexed, 2 moved"
    assert run_messages.report(replace(REPORT, reused=1, unchanged=2)) == "Done: 3 already indexed"
    assert run_messages.report(REPORT) == "Done: no photos found"
    assert run_messages.report(REPORT, offline=1) == "Done: no photos found; 1 folder is not available"
    assert run_messages.report(replace(REPORT, unchanged=2), offline=1) == "Done: 2 already indexed"
    closed = (Failure(Path("private"), "You may not read this folder."),)
    assert run_messages.report(replace(REPORT, closed=closed)) == "Done: 1 folder could not be read"
    assert run_messages.report(replace(REPORT, closed=closed * 2)) == "Done: 2 folders could not be read"
    assert (
        run_messages.report(replace(REPORT, indexed=3, waiting=2)) == "Done: 3 indexed, 2 waiting for the search index"
    )


def test_the_report_of_a_stopped_run_says_what_is_left_and_how_to_continue(loop: QEventLoop) -> None:
    stopped = replace(REPORT, cancelled=True)
    how = "Update library (F5) continues."
    assert run_messages.report(replace(stopped, indexed=3)) == "Stopped: 3 indexed"
    assert run_messages.report(replace(stopped, remaining=None)) == f"Stopped. {how}"
    many = run_messages.report(replace(stopped, indexed=3, remaining=1500))
    assert many == f"Stopped: 3 indexed. 1,500 photos are still to be indexed. {how}"
    assert run_messages.report(replace(stopped, remaining=1)) == f"Stopped. 1 photo is still to be indexed. {how}"


def test_the_status_mentions_unsearchable_photos_offline_roots_and_a_pause(loop: QEventLoop) -> None:
    status = LibraryStatus((), 5800, 5000, 0, "fake", 3, "cosine", "flat", "", 0)
    assert messages.status(status).startswith("5,800 photos \N{MIDDLE DOT} 800 not searchable yet")
    unreadable = replace(status, searchable=5794, failed=6)
    assert messages.status(unreadable) == "5,800 photos \N{MIDDLE DOT} 6 could not be read"
    away = RootStatus(Root("1", Path("away")), online=False, photos=1)
    assert "1 folder is not available" in messages.status(replace(status, roots=(away, replace(away, online=True))))
    assert "2 folders are not available" in messages.status(replace(status, roots=(away, away)))
    assert "indexing paused" in messages.status(status, paused=True)
    assert messages.status(replace(status, photos=1, searchable=1)) == "1 photo"
