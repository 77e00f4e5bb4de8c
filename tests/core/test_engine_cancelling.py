"""Cancelling runs of an engine and closing it, whatever is silent, and holding runs on battery."""

from __future__ import annotations

import asyncio
import os
import threading
from contextlib import ExitStack
from typing import TYPE_CHECKING, NamedTuple

import psutil
import pytest

from core.engine import Engine
from core.indexing import run, runner
from core.library.settings import IndexingSettings, Settings
from core.reports import Hold, Stage
from tests.helpers.folders.silent_share import SilentShare, stretch_timeouts
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.indexing.cancelling import camera_photos, cancelled
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.reports import IndexReport, Progress

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


class Power:
    """A battery, and how often it was asked about."""

    class Battery(NamedTuple):
        power_plugged: bool

    def __init__(self) -> None:
        self.is_plugged = False
        self._asked = threading.Semaphore(0)

    def ask(self) -> Battery:
        self._asked.release()
        return self.Battery(self.is_plugged)

    async def is_known(self) -> None:
        """Return when the run knows how it is now."""
        while self._asked.acquire(blocking=False):
            pass
        for _ in range(3):  # one may be under way; when the third begins the run has heard of the second
            assert await asyncio.to_thread(self._asked.acquire, timeout=HANGING)


@pytest.fixture
def power(monkeypatch: pytest.MonkeyPatch) -> Power:
    """Return the power of a computer that is on its battery, and looks often."""
    power = Power()
    monkeypatch.setattr(psutil, "sensors_battery", power.ask, raising=False)
    monkeypatch.setattr(runner, "POWER_SECONDS", 0.01)
    return power


class Told:
    """What a run tells, and a way to wait for some of it."""

    def __init__(self) -> None:
        self.all: list[Progress] = []
        self._waiting: list[tuple[Callable[[Progress], bool], asyncio.Event]] = []

    def __call__(self, progress: Progress) -> None:
        self.all.append(progress)
        for is_it, event in self._waiting:
            if is_it(progress):
                event.set()

    async def wait_for(self, is_it: Callable[[Progress], bool]) -> None:
        event = asyncio.Event()
        self._waiting.append((is_it, event))
        async with asyncio.timeout(HANGING):
            await event.wait()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
@pytest.mark.parametrize("stage", [Stage.PREVIEWING, Stage.EMBEDDING])
def test_a_run_does_not_wait_for_a_photo_that_does_not_come_from_its_disk(
    library: Path, photos: Path, stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 1)
    (photo,) = camera_photos(photos, 1)

    async def cancel() -> IndexReport:
        is_pipe = asyncio.Event()

        def hang_up(progress: Progress) -> None:
            if progress.stage is stage and not is_pipe.is_set():
                photo.unlink()
                os.mkfifo(photo)
                is_pipe.set()

        with ExitStack() as pipes:
            async with Engine(library, Settings()) as engine:
                running = asyncio.create_task(engine.index([photos], hang_up))
                await is_pipe.wait()
                pipes.enter_context(await asyncio.to_thread(photo.open, "wb"))  # it is being read, and nothing comes
                return await cancelled(running)

    assert asyncio.run(cancel()).cancelled


def test_a_run_ends_while_it_is_held_on_battery(library: Path, photos: Path, power: Power) -> None:
    paint_many(photos, 2)

    async def cancel() -> IndexReport:
        async with Engine(library, Settings(indexing=IndexingSettings(pause_on_battery=True))) as engine:
            told = Told()
            running = asyncio.create_task(engine.index([photos], told))
            await told.wait_for(lambda progress: progress.hold is Hold.ON_BATTERY)
            return await cancelled(running)

    report = asyncio.run(cancel())
    assert (report.cancelled, report.indexed) == (True, 0)


def test_a_run_is_held_on_battery_as_long_as_that_is_wanted(library: Path, photos: Path, power: Power) -> None:
    paint_many(photos, 2)

    async def change_of_mind() -> tuple[Told, IndexReport]:
        async with Engine(library, Settings()) as engine:
            told = Told()
            engine.pause()
            running = asyncio.create_task(engine.index([photos], told))
            await told.wait_for(lambda progress: progress.hold is Hold.PAUSED)
            await engine.set_indexing(IndexingSettings(pause_on_battery=True))
            await power.is_known()
            engine.resume()
            await power.is_known()
            assert told.all[-1].hold is Hold.ON_BATTERY
            assert not running.done()
            await engine.set_indexing(IndexingSettings())
            return told, await running

    told, report = asyncio.run(change_of_mind())
    assert (report.cancelled, report.indexed) == (False, 2)
    assert all(progress.done == 0 for progress in told.all if progress.hold is not Hold.RUNNING)


def test_the_engine_closes_while_its_folders_are_watched(library: Path, photos: Path) -> None:
    paint_many(photos, 1)

    async def close() -> None:
        engine = Engine(library, Settings())
        await engine.open()
        await engine.add_folder(photos)
        watch = engine.watch(lambda _: None)
        assert (await anext(watch)).roots
        async with asyncio.timeout(HANGING):
            await engine.close()
            await watch.aclose()

    asyncio.run(close())


def test_the_engine_closes_while_a_share_is_silent_that_a_cancelled_run_looks_at(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint_many(photos, 1)
    share = SilentShare(photos)
    share.put_before(monkeypatch)
    stretch_timeouts(monkeypatch)

    def fall_silent(progress: Progress) -> None:
        share.fall_silent()

    async def cancel() -> IndexReport:
        async with Engine(library, Settings()) as engine:
            running = asyncio.create_task(engine.index([photos], fall_silent))
            await share.is_asked()
            return await cancelled(running)

    try:
        assert asyncio.run(cancel()).cancelled
    finally:
        share.is_back.set()


def test_the_engine_closes_while_a_silent_share_is_added(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paint(photos / "a.png", 1)
    share = SilentShare(photos)
    share.put_before(monkeypatch)
    stretch_timeouts(monkeypatch)
    share.fall_silent()

    async def cancel() -> IndexReport:
        async with Engine(library, Settings()) as engine:
            running = asyncio.create_task(engine.index([photos]))
            await share.is_asked()
            return await cancelled(running)

    try:
        assert asyncio.run(cancel()).cancelled
    finally:
        share.is_back.set()
