"""Drives that stop responding while their folders are scanned or their photos are read."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from core.indexing import photo_reading, timed_scan
from core.indexing.plan import ScanScope
from core.indexing.run import LOOKAHEAD
from core.indexing.timed_scan import TimedScan
from core.reports import Stage
from tests.helpers.engine.manual_clock import ManualClock
from tests.helpers.folders.silent_share import SilentShare, stretch_timeouts
from tests.helpers.indexing.bench import Bench, paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.indexing.plan import Plan
    from core.reports import IndexReport, Progress

LIMIT = 2.0
"""The time limit in seconds for listing a folder in these tests."""


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    """Return a share that still responds, with short time limits for it."""
    share = SilentShare(tmp_path / "share")
    share.install(monkeypatch)
    monkeypatch.setattr(timed_scan, "LISTING_SECONDS", LIMIT)
    monkeypatch.setattr(photo_reading, "TIMEOUT_SECONDS", LIMIT)
    yield share
    share.responds.set()


def test_unresponsive_share_is_closed_with_its_photos_kept_and_other_roots_are_scanned(
    bench: Bench, share: SilentShare, tmp_path: Path
) -> None:
    kept = paint_many(share.path, 3)
    before, behind = tmp_path / "before", tmp_path / "behind"
    bench.run(before, share.path, behind)
    found = [paint(before / "new.png", 50), paint(behind / "new.png", 51)]
    kept.pop(0).unlink()

    report = bench.run(share.path, before, behind, on_progress=lambda _: share.fall_silent())

    assert [failure.path for failure in report.closed] == [share.path]
    assert report.closed[0].reason.startswith("The folder does not respond. Check its drive")
    assert (report.indexed, report.removed, report.failed, report.cancelled) == (2, 0, (), False)
    assert set(bench.paths()) > {*found, *kept}
    share.responds.set()
    report = bench.run(share.path, before, behind)
    assert (report.unchanged, report.removed, report.closed) == (4, 1, ())


def test_root_around_an_unresponsive_root_has_none_of_its_photos(
    bench: Bench, share: SilentShare, tmp_path: Path
) -> None:
    own, _ = paint(tmp_path / "own.png", 50), paint_many(share.path, 3)
    inner, outer = bench.root(share.path), bench.root(tmp_path)
    scans = TimedScan(bench.folder, bench.throttle.begin(lambda _: None), lambda _: None)

    async def scan() -> tuple[Plan, Plan]:
        share.fall_silent()
        first = await scans.plan(ScanScope(inner, None, (outer.path,)), {})
        share.responds.set()
        return first, await scans.plan(ScanScope(outer, None, (inner.path,)), {})

    first, second = asyncio.run(scan())

    assert (first.found, [failure.path for failure in first.closed]) == (0, [share.path])
    assert [file.path for file in second.todo] == [own]


def test_time_limit_applies_to_each_folder_separately(
    bench: Bench, share: SilentShare, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = ManualClock()
    monkeypatch.setattr(timed_scan, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(timed_scan, "PROGRESS_SECONDS", 0.01)
    files = paint_many(share.path / "a", 1) + paint_many(share.path / "b", 1, first_seed=50)
    slow = SilentShare(share.path / "b")
    root = bench.root(share.path)

    async def answer_late() -> IndexReport:
        running = asyncio.ensure_future(bench.update([root]))
        for silent in (share, slow):
            await silent.wait_for_call()
            clock.seconds += 0.6 * LIMIT
            await asyncio.wait([running], timeout=0.1)  # the run checks the clock meanwhile
            silent.responds.set()
        return await running

    with pytest.MonkeyPatch.context() as patched:
        slow.install(patched)
        for silent in (share, slow):
            silent.fall_silent()
        report = asyncio.run(answer_late())

    assert (report.indexed, report.closed) == (len(files), ())


@pytest.mark.parametrize("is_under_way", [False, True])
def test_paused_time_does_not_count_towards_the_time_limit(
    bench: Bench, share: SilentShare, is_under_way: bool
) -> None:
    paint_many(share.path, 2)
    root = bench.root(share.path)

    async def hold() -> IndexReport:
        if is_under_way:
            share.fall_silent()
        else:
            bench.throttle.pause()
        running = asyncio.ensure_future(bench.update([root]))
        if is_under_way:
            await share.wait_for_call()
            bench.throttle.pause()
            share.responds.set()
        await asyncio.wait([running], timeout=1.5 * LIMIT)
        assert not running.done()
        bench.throttle.resume()
        return await running

    report = asyncio.run(hold())

    assert (report.indexed, report.closed) == (2, ())


def test_share_that_stops_responding_during_reading_is_closed_with_its_photos_kept(
    bench: Bench, share: SilentShare
) -> None:
    files = paint_many(share.path, 5 * LOOKAHEAD)
    bench.run(share.path)
    for file in files:
        paint(file, 1, (90, 90))
    bench.embedder.input_reads = 0

    def stop_responding(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and share.responds.is_set():
            for file in files:
                file.unlink()  # so that no photo can be read
            share.fall_silent()

    report = bench.run(share.path, on_progress=stop_responding)

    assert [failure.path for failure in report.closed] == [share.path]
    assert (report.failed, report.removed) == ((), 0)
    assert bench.paths() == files
    assert bench.embedder.input_reads <= 2 * LOOKAHEAD, "the run waited for each photo"


@pytest.mark.parametrize("stage", [Stage.SCANNING, Stage.EMBEDDING])
def test_cancelling_does_not_wait_for_an_unresponsive_share(
    bench: Bench, share: SilentShare, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paint_many(share.path, 3)
    stretch_timeouts(monkeypatch)

    def stop_responding(progress: Progress) -> None:
        if progress.stage is stage and share.responds.is_set():
            for file in files:
                file.unlink()
            share.fall_silent()

    async def cancel() -> IndexReport:
        running = asyncio.ensure_future(bench.update([bench.root(share.path)], stop_responding))
        await share.wait_for_call()
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=HANG_TIMEOUT)
        assert done
        return await running

    report = asyncio.run(cancel())

    bench.workers.shutdown()  # waits for the threads of all pools
    assert (report.cancelled, report.closed) == (True, ())
    assert not share.responds.is_set()
