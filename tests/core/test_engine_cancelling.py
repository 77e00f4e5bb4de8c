"""Cancelling runs and closing the engine while a disk or share is silent, and pausing runs on battery."""

from __future__ import annotations

import asyncio
import gc
import os
import threading
import time
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple, NoReturn

import psutil
import pytest

from core.engine import Engine
from core.errors import ModelError
from core.indexing import run, runner
from core.library.settings import IndexingSettings, Settings
from core.reports import Hold, Stage
from core.search_index import backend
from tests.helpers.folders.silent_share import SilentShare, stretch_timeouts
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.indexing.cancelling import camera_photos, cancel_run
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.reports import IndexReport, Progress

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


class Power:
    """A power supply that lets a test wait until a run has read its state."""

    class Battery(NamedTuple):
        power_plugged: bool

    def __init__(self) -> None:
        self.is_plugged = False
        self._reads = threading.Semaphore(0)

    def read(self) -> Battery:
        self._reads.release()
        return self.Battery(self.is_plugged)

    async def wait_until_noticed(self) -> None:
        """Wait until the run has noticed the current state."""
        while self._reads.acquire(blocking=False):
            pass
        for _ in range(3):  # a read may be in progress; once the third begins, the run has handled the second
            assert await asyncio.to_thread(self._reads.acquire, timeout=HANG_TIMEOUT)


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Power:
    """Return the power supply of a computer that runs on battery. The engine polls it often."""
    power = Power()
    monkeypatch.setattr(psutil, "sensors_battery", power.read, raising=False)
    monkeypatch.setattr(runner, "POWER_SECONDS", 0.01)
    return power


class ProgressLog:
    """Collects the progress of a run, and waits for progress that meets a condition."""

    def __init__(self) -> None:
        self.all: list[Progress] = []
        self._waiting: list[tuple[Callable[[Progress], bool], asyncio.Event]] = []

    def __call__(self, progress: Progress) -> None:
        self.all.append(progress)
        for matches, event in self._waiting:
            if matches(progress):
                event.set()

    async def wait_for(self, matches: Callable[[Progress], bool]) -> None:
        event = asyncio.Event()
        self._waiting.append((matches, event))
        async with asyncio.timeout(HANG_TIMEOUT):
            await event.wait()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("stage", [Stage.PREVIEWING, Stage.EMBEDDING])
def test_cancelling_does_not_wait_for_a_photo_whose_disk_does_not_respond(
    library: Path, photos: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 1)
    (photo,) = camera_photos(photos, 1)

    async def cancel() -> IndexReport:
        is_pipe = asyncio.Event()

        def replace_by_pipe(progress: Progress) -> None:
            if progress.stage is stage and not is_pipe.is_set():
                photo.unlink()
                os.mkfifo(photo)
                is_pipe.set()

        with ExitStack() as pipes:
            async with Engine(library, Settings()) as engine:
                running = asyncio.create_task(engine.index([photos], replace_by_pipe))
                await is_pipe.wait()
                pipes.enter_context(await asyncio.to_thread(photo.open, "wb"))  # a reader gets no data
                return await cancel_run(running)

    assert asyncio.run(cancel()).cancelled


def test_a_run_paused_on_battery_can_be_cancelled(library: Path, photos: Path, power: Power) -> None:
    paint_many(photos, 2)

    async def cancel() -> IndexReport:
        async with Engine(library, Settings(indexing=IndexingSettings(pause_on_battery=True))) as engine:
            progress_log = ProgressLog()
            running = asyncio.create_task(engine.index([photos], progress_log))
            await progress_log.wait_for(lambda progress: progress.hold is Hold.ON_BATTERY)
            return await cancel_run(running)

    report = asyncio.run(cancel())
    assert (report.cancelled, report.indexed) == (True, 0)


def test_a_run_is_paused_on_battery_only_while_the_setting_is_on(library: Path, photos: Path, power: Power) -> None:
    paint_many(photos, 2)

    async def change_settings() -> tuple[ProgressLog, IndexReport]:
        async with Engine(library, Settings()) as engine:
            progress_log = ProgressLog()
            engine.pause()
            running = asyncio.create_task(engine.index([photos], progress_log))
            await progress_log.wait_for(lambda progress: progress.hold is Hold.PAUSED)
            await engine.set_indexing(IndexingSettings(pause_on_battery=True))
            await power.wait_until_noticed()
            engine.resume()
            await power.wait_until_noticed()
            assert progress_log.all[-1].hold is Hold.ON_BATTERY
            assert not running.done()
            await engine.set_indexing(IndexingSettings())
            return progress_log, await running

    progress_log, report = asyncio.run(change_settings())
    assert (report.cancelled, report.indexed) == (False, 2)
    assert all(progress.done == 0 for progress in progress_log.all if progress.hold is not Hold.RUNNING)


def test_the_engine_closes_while_its_roots_are_watched(library: Path, photos: Path) -> None:
    paint_many(photos, 1)

    async def close() -> None:
        engine = Engine(library, Settings())
        await engine.open()
        await engine.add_folder(photos)
        watch = engine.watch(lambda _: None)
        assert (await anext(watch)).roots
        async with asyncio.timeout(HANG_TIMEOUT):
            await engine.close()
            await watch.aclose()

    asyncio.run(close())


def test_the_engine_closes_while_a_cancelled_run_still_waits_for_a_silent_share(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_many(photos, 1)
    share = SilentShare(photos)
    share.install(monkeypatch)
    stretch_timeouts(monkeypatch)

    def fall_silent(progress: Progress) -> None:
        share.fall_silent()

    async def cancel() -> IndexReport:
        async with Engine(library, Settings()) as engine:
            running = asyncio.create_task(engine.index([photos], fall_silent))
            await share.wait_for_call()
            return await cancel_run(running)

    try:
        assert asyncio.run(cancel()).cancelled
    finally:
        share.responds.set()


def test_the_engine_closes_while_a_silent_share_is_being_added(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "a.png", 1)
    share = SilentShare(photos)
    share.install(monkeypatch)
    stretch_timeouts(monkeypatch)
    share.fall_silent()

    async def cancel() -> IndexReport:
        async with Engine(library, Settings()) as engine:
            running = asyncio.create_task(engine.index([photos]))
            await share.wait_for_call()
            return await cancel_run(running)

    try:
        assert asyncio.run(cancel()).cancelled
    finally:
        share.responds.set()


def test_a_model_whose_preparation_was_cancelled_reports_no_error_later(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    is_loading = threading.Event()
    reported: list[dict[str, object]] = []

    def load(*_: object, is_cancelled: Callable[[], bool], **__: object) -> NoReturn:
        is_loading.set()
        while not is_cancelled():
            time.sleep(0.001)
        raise ModelError("Preparing the model was stopped.")

    async def cancel() -> None:
        async with Engine(tmp_path / "library", Settings()) as engine:
            loading = asyncio.create_task(engine.warm_up())
            assert await asyncio.to_thread(is_loading.wait, HANG_TIMEOUT)
            loading.cancel()
            await asyncio.wait([loading])

    async def cancel_and_collect() -> None:
        asyncio.get_running_loop().set_exception_handler(lambda _, context: reported.append(context))
        await asyncio.create_task(cancel())
        gc.collect()  # asyncio reports an error that nobody has seen when its task is deleted

    monkeypatch.setattr(backend, "load", load)
    asyncio.run(cancel_and_collect())
    assert reported == []
