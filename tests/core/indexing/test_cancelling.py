"""Cancelling an indexing run in each of its stages, also while it waits for something."""

from __future__ import annotations

import asyncio
import threading
from typing import TYPE_CHECKING

import pytest

from core.indexing import pipeline, run
from core.indexing.pipeline import EMBED_BATCH
from core.reports import Hold, Stage
from tests.helpers.indexing.bench import Bench, paint_many
from tests.helpers.indexing.cancelling import camera_photos, cancel_run
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.reports import IndexReport, Progress


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    """Return a bench on which a single photo is enough for the preview pass."""
    monkeypatch.setattr(run, "PREVIEWS_FROM", 1)
    with Bench(tmp_path / "library") as bench:
        yield bench
        bench.workers.shutdown()  # waits for every thread that the run left behind


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.mark.parametrize("hold", [Hold.PAUSED, Hold.ON_BATTERY])
@pytest.mark.parametrize("stage", [Stage.SCANNING, Stage.PREVIEWING, Stage.EMBEDDING])
def test_cancelling_ends_a_paused_run(bench: Bench, photos: Path, stage: Stage, hold: Hold) -> None:
    camera_photos(photos, 3)

    async def hold_and_cancel() -> IndexReport:
        is_held = asyncio.Event()

        def listen(progress: Progress) -> None:
            if progress.stage is stage and progress.hold is Hold.RUNNING:
                bench.throttle.pause() if hold is Hold.PAUSED else bench.throttle.set_on_battery(True)
                is_held.set()

        running = asyncio.create_task(bench.update([bench.root(photos)], listen))
        await is_held.wait()
        for _ in range(20):
            await asyncio.sleep(0)
        return await cancel_run(running)

    report = asyncio.run(hold_and_cancel())

    assert (report.cancelled, report.indexed) == (True, 0)
    bench.workers.shutdown()  # would hang if a thread still waited for the pause to end


def test_cancelling_ends_a_run_that_is_scanning(bench: Bench, photos: Path) -> None:
    paint_many(photos, 3)

    async def cancel() -> IndexReport:
        begun = asyncio.Event()
        running = asyncio.create_task(bench.update([bench.root(photos)], lambda _: begun.set()))
        await begun.wait()
        return await cancel_run(running)

    report = asyncio.run(cancel())

    assert (report.cancelled, report.found, report.remaining) == (True, 0, None)
    assert bench.run(photos).indexed == 3


def test_cancelling_keeps_the_previews_that_the_model_is_embedding(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pipeline, "SETTLE_SECONDS", HANG_TIMEOUT)
    files = camera_photos(photos, EMBED_BATCH)
    begun, may_go_on = threading.Event(), threading.Event()

    def block() -> None:
        begun.set()
        may_go_on.wait()

    async def cancel() -> IndexReport:
        running = asyncio.create_task(bench.update([bench.root(photos)]))
        assert await asyncio.to_thread(begun.wait, HANG_TIMEOUT)
        asyncio.get_running_loop().call_soon(may_go_on.set)
        return await cancel_run(running)

    bench.embedder.on_embed = block
    try:
        report = asyncio.run(cancel())
    finally:
        may_go_on.set()

    assert (report.cancelled, report.found, report.indexed) == (True, EMBED_BATCH, 0)
    assert report.remaining == EMBED_BATCH
    assert bench.paths() == files
    assert bench.run(photos).indexed == EMBED_BATCH


def cancel_while_the_model_blocks(bench: Bench, photos: Path, after: int = 0) -> IndexReport:
    """Return the report of a run that is cancelled while the model blocks, after so many batches."""
    blocked, may_go_on = threading.Event(), threading.Event()

    def block() -> None:
        if len(bench.embedder.batches) >= after:
            blocked.set()
            may_go_on.wait()

    async def cancel() -> IndexReport:
        running = asyncio.create_task(bench.update([bench.root(photos)]))
        assert await asyncio.to_thread(blocked.wait, HANG_TIMEOUT)
        return await cancel_run(running)

    bench.embedder.on_embed = block
    try:
        return asyncio.run(cancel())
    finally:
        may_go_on.set()


def test_cancelling_does_not_wait_for_a_slow_model(bench: Bench, photos: Path) -> None:
    paint_many(photos, 3 * EMBED_BATCH)

    report = cancel_while_the_model_blocks(bench, photos)

    assert (report.cancelled, report.found, report.indexed) == (True, 3 * EMBED_BATCH, 0)


def test_a_cancelled_run_reports_how_many_photos_it_left_to_the_next_one(bench: Bench, photos: Path) -> None:
    paint_many(photos, 6 * EMBED_BATCH)

    report = cancel_while_the_model_blocks(bench, photos, after=1)

    finished = bench.run(photos)
    assert report.remaining == finished.indexed >= EMBED_BATCH
    assert finished.remaining == 0
