"""Indexing runs of a library, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING

from core import roots
from core.errors import LibraryError, VectorIndexError
from core.image.reader_process import Readers
from core.indexing import Indexing, nothing_done
from core.pipeline import Tools
from core.workers import decoders, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from core.choices import Choices
    from core.library import Library
    from core.open_library import OpenLibrary
    from core.reports import IndexReport, Progress
    from core.shared_backend import SharedBackend
    from core.types import Root
    from core.workers import Workers


class Runs:
    """Begins runs and cleans up after those that fail."""

    def __init__(self, workers: Workers, library: Library, shared: SharedBackend, choices: Choices) -> None:
        """Take note; nothing is read before `run`."""
        self._workers, self._library, self._shared, self._choices = workers, library, shared, choices
        self._turn = asyncio.Lock()
        self._readers: Readers | None = None

    def end_reading(self) -> None:
        """End the processes that read photos."""
        if self._readers:
            self._readers.close()
            self._readers = None

    async def run(
        self,
        held: OpenLibrary,
        find_roots: Callable[[], Awaitable[list[Root]]],
        listener: Callable[[Progress], None],
    ) -> IndexReport:
        """Bring roots up to date. Cancelling keeps what is done and returns a report that says so."""
        async with self._turn:
            try:
                tools, online = await self._prepare(held, await find_roots(), listener)
            except asyncio.CancelledError:
                return nothing_done(self._choices.settings.model)
            try:
                report = await Indexing(tools, listener).run(online)
            except (LibraryError, VectorIndexError):
                await self._shared.let_go()  # what was written last is in doubt; opening the index again settles it
                raise
            finally:
                self.end_reading()
            if (backend := self._shared.opened()) and not report.cancelled:
                with suppress(asyncio.CancelledError):
                    await backend.succeeded()
            return report

    async def _prepare(
        self, held: OpenLibrary, known: list[Root], listener: Callable[[Progress], None]
    ) -> tuple[Tools, list[Root]]:
        workers, library = self._workers, self._library
        online = [root for root in known if await run(workers.view, roots.is_online, root)]
        backend = await self._shared.get(listener)
        await backend.replica.follows()
        await run(workers.store, self._choices.save)
        embedder, model = backend.embedder, self._choices.settings.model
        self._readers = Readers(embedder.input, decoders())
        reading, catalogs = (self._readers.read, self._readers.preview), (held.catalog, held.view)
        return Tools(workers, *reading, *catalogs, embedder, lambda: backend.replica, model, library), online
