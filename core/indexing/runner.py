"""Indexing runs of a library, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import LibraryError, VectorIndexError
from core.images.index_workers import IndexWorkers
from core.images.thumbnail import ThumbnailFiles
from core.indexing.battery import on_battery
from core.indexing.pipeline import Tools
from core.indexing.plan import looks
from core.indexing.progress import Meter
from core.indexing.run import IndexRun, nothing_done
from core.workers import decoders, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable

    from core.folders.service import FolderService
    from core.indexing.plan import ScanScope
    from core.indexing.throttle import Throttle, Turns
    from core.library.current_settings import CurrentSettings
    from core.library.files import Library
    from core.library.open_library import OpenLibrary
    from core.reports import IndexReport, Progress
    from core.search_index.backend import Backend
    from core.search_index.lazy_backend import LazyBackend
    from core.types import Changes, Root
    from core.workers import Workers

POWER_SECONDS = 5.0


class IndexRunner:
    """Begins runs, keeps them to their pace, and cleans up after those that fail."""

    def __init__(
        self,
        workers: Workers,
        library: Library,
        shared: LazyBackend,
        choices: CurrentSettings,
        pace: Throttle,
        folder_service: FolderService,
    ) -> None:
        """Take note; nothing is read before `run`."""
        self._workers, self._library, self._shared, self._choices = workers, library, shared, choices
        self._throttle, self._folder_service = pace, folder_service
        self._turn = asyncio.Lock()

    async def run(
        self,
        held: OpenLibrary,
        find_changes: Callable[[], Awaitable[Changes | None]],
        listener: Callable[[Progress], None],
    ) -> IndexReport:
        """Bring what has changed up to date; None: everything.

        Cancelling keeps what is done and returns a report that says so.
        """
        async with self._turn:
            meter = Meter(listener)
            async with self._paced(meter) as turns:
                try:
                    changes = await find_changes()
                    todo = looks(await self._there(held), changes)
                    backend = await self._prepare(listener)
                except asyncio.CancelledError:
                    return nothing_done(self._choices.settings.model)
                thumbnails = self._library.thumbnails
                with closing(IndexWorkers(backend.embedder.input, decoders(), thumbnails)) as readers:
                    tools = self._tools(held, backend, readers, turns)
                    report = await self._index(IndexRun(tools, meter), todo)
            if (opened := self._shared.opened()) and not report.cancelled:
                try:
                    await opened.succeeded()
                except asyncio.CancelledError:
                    return replace(report, cancelled=True)
            return report

    async def _there(self, held: OpenLibrary) -> list[Root]:
        there = await self._folder_service.there(held)
        there, photos = await self._folder_service.without_doubles(held, there)
        await run(self._workers.store, ThumbnailFiles(self._library.thumbnails).forget, photos)
        return there

    async def _prepare(self, listener: Callable[[Progress], None]) -> Backend:
        backend = await self._shared.get(listener)
        await backend.replica.follows()
        await run(self._workers.store, self._choices.save)
        return backend

    def _tools(self, held: OpenLibrary, backend: Backend, readers: IndexWorkers, turns: Turns) -> Tools:
        return Tools(
            workers=self._workers,
            read=readers.read,
            preview=readers.preview,
            forget=ThumbnailFiles(self._library.thumbnails).forget,
            catalog=held.catalog,
            read_catalog=held.read_catalog,
            embedder=backend.embedder,
            replica=lambda: backend.replica,
            model=self._choices.settings.model,
            library=self._library,
            turns=turns,
        )

    async def _index(self, indexing: IndexRun, todo: list[ScanScope]) -> IndexReport:
        try:
            return await indexing.run(todo)
        except (LibraryError, VectorIndexError):
            await self._shared.let_go()  # what was written last is in doubt; opening the index again settles it
            raise

    @asynccontextmanager
    async def _paced(self, meter: Meter) -> AsyncGenerator[Turns, None]:
        turns = self._throttle.begin(meter.hold)
        watching = asyncio.create_task(self._watch_power(), name="look whether there is mains power")
        try:
            yield turns
        finally:
            turns.close()
            watching.cancel()
            self._throttle.hold_on_battery(False)  # the next run asks for itself
            with suppress(asyncio.CancelledError):
                await asyncio.gather(watching, return_exceptions=True)

    async def _watch_power(self) -> None:
        while True:
            wanted = self._choices.settings.pause_on_battery
            self._throttle.hold_on_battery(wanted and await run(self._workers.interactive, on_battery))
            await asyncio.sleep(POWER_SECONDS)
