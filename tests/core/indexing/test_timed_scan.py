"""Drives that fall silent while the folders on them are looked through."""

from __future__ import annotations

import asyncio
import subprocess
import sys
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from core.indexing import photo_reading, timed_scan
from core.indexing.plan import ScanScope
from core.indexing.run import LOOKAHEAD
from core.indexing.timed_scan import TimedScan
from core.reports import Stage
from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.manual_clock import Clock
from tests.helpers.folders.silent_share import SilentShare, stretch_timeouts
from tests.helpers.indexing.bench import Bench, paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.indexing.plan import Plan
    from core.reports import IndexReport, Progress

LIMIT = 2.0
"""Seconds that a drive has for a folder here."""


@pytest.fixture
def share(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    """Return a share that answers yet, but will not be waited for."""
    share = SilentShare(tmp_path / "share")
    share.put_before(monkeypatch)
    monkeypatch.setattr(timed_scan, "LISTING_SECONDS", LIMIT)
    monkeypatch.setattr(photo_reading, "TIMEOUT_SECONDS", LIMIT)
    yield share
    share.is_back.set()


def test_share_that_falls_silent_is_closed_with_its_photos_kept_and_the_others_are_looked_at(
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
    share.is_back.set()
    report = bench.run(share.path, before, behind)
    assert (report.unchanged, report.removed, report.closed) == (4, 1, ())


def test_root_that_holds_a_silent_one_has_none_of_its_photos(bench: Bench, share: SilentShare, tmp_path: Path) -> None:
    own, _ = paint(tmp_path / "own.png", 50), paint_many(share.path, 3)
    inner, outer = bench.root(share.path), bench.root(tmp_path)
    scans = TimedScan(bench.folder, bench.pace.begin(lambda _: None), lambda _: None)

    async def scan() -> tuple[Plan, Plan]:
        share.fall_silent()
        first = await scans.plan(ScanScope(inner, None, (outer.path,)), {})
        share.is_back.set()
        return first, await scans.plan(ScanScope(outer, None, (inner.path,)), {})

    first, second = asyncio.run(scan())

    assert (first.found, [failure.path for failure in first.closed]) == (0, [share.path])
    assert [file.path for file in second.todo] == [own]


def test_share_has_its_time_for_each_folder_and_not_for_all(
    bench: Bench, share: SilentShare, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(timed_scan, "time", SimpleNamespace(monotonic=clock))
    monkeypatch.setattr(timed_scan, "PROGRESS_SECONDS", 0.01)
    files = paint_many(share.path / "a", 1) + paint_many(share.path / "b", 1, first_seed=50)
    slow = SilentShare(share.path / "b")
    root = bench.root(share.path)

    async def answer_late() -> IndexReport:
        running = asyncio.ensure_future(bench.update([root]))
        for silent in (share, slow):
            await silent.is_asked()
            clock.seconds += 0.6 * LIMIT
            await asyncio.wait([running], timeout=0.1)  # the time is looked at meanwhile
            silent.is_back.set()
        return await running

    with pytest.MonkeyPatch.context() as patched:
        slow.put_before(patched)
        for silent in (share, slow):
            silent.fall_silent()
        report = asyncio.run(answer_late())

    assert (report.indexed, report.closed) == (len(files), ())


@pytest.mark.parametrize("is_under_way", [False, True])
def test_time_for_which_a_run_is_held_is_not_the_drive_s(bench: Bench, share: SilentShare, is_under_way: bool) -> None:
    paint_many(share.path, 2)
    root = bench.root(share.path)

    async def hold() -> IndexReport:
        if is_under_way:
            share.fall_silent()
        else:
            bench.pace.pause()
        running = asyncio.ensure_future(bench.update([root]))
        if is_under_way:
            await share.is_asked()
            bench.pace.pause()
            share.is_back.set()
        await asyncio.wait([running], timeout=1.5 * LIMIT)
        assert not running.done()
        bench.pace.resume()
        return await running

    report = asyncio.run(hold())

    assert (report.indexed, report.closed) == (2, ())


def test_share_that_falls_silent_while_it_is_read_is_given_up_with_its_photos_kept(
    bench: Bench, share: SilentShare
) -> None:
    files = paint_many(share.path, 5 * LOOKAHEAD)
    bench.run(share.path)
    for file in files:
        paint(file, 1, (90, 90))
    bench.embedder.reads = 0

    def hang_up(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and share.is_back.is_set():
            for file in files:
                file.unlink()  # so that none can be read
            share.fall_silent()

    report = bench.run(share.path, on_progress=hang_up)

    assert [failure.path for failure in report.closed] == [share.path]
    assert (report.failed, report.removed) == ((), 0)
    assert bench.paths() == files
    assert bench.embedder.reads <= 2 * LOOKAHEAD, "each photo is waited for"


def test_share_that_is_silent_does_not_hold_up_the_end_of_the_program() -> None:
    code = """
import asyncio
from threading import Event
from core.workers import run_detached
async def main():
    waiting = run_detached(Event().wait)
    await asyncio.wait([waiting], timeout=0.01)
    waiting.cancel()
asyncio.run(main())
"""

    subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, check=True, timeout=HANGING)


@pytest.mark.parametrize("stage", [Stage.SCANNING, Stage.EMBEDDING])
def test_cancelling_waits_for_no_share(
    bench: Bench, share: SilentShare, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paint_many(share.path, 3)
    stretch_timeouts(monkeypatch)

    def hang_up(progress: Progress) -> None:
        if progress.stage is stage and share.is_back.is_set():
            for file in files:
                file.unlink()
            share.fall_silent()

    async def cancel() -> IndexReport:
        running = asyncio.ensure_future(bench.update([bench.root(share.path)], hang_up))
        await share.is_asked()
        running.cancel()
        done, _ = await asyncio.wait([running], timeout=HANGING)
        assert done
        return await running

    report = asyncio.run(cancel())

    bench.workers.shutdown()  # which waits for all threads that are to be waited for
    assert (report.cancelled, report.closed) == (True, ())
    assert not share.is_back.is_set()
