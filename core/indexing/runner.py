"""The indexing runs of an open library, one at a time."""

from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import replace
from typing import TYPE_CHECKING

from core.catalog.missing_metadata import MissingMetadata
from core.catalog.stored_details import StoredDetails
from core.errors import LibraryError, VectorIndexError
from core.images.index_workers import IndexWorkers
from core.images.thumbnail import ThumbnailFiles
from core.indexing.battery import on_battery
from core.indexing.model_upgrade import ModelUpgrade
from core.indexing.pipeline import RunContext
from core.indexing.plan import scan_scopes
from core.indexing.progress import Meter
from core.indexing.run import IndexRun, nothing_done
from core.search_index.targets import outdated_embeddings
from core.workers import decoders, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Awaitable, Callable, Sequence

    from core.catalog.outdated_embeddings import OutdatedEmbeddings
    from core.folders.service import FolderService
    from core.indexing.plan import ScanScope
    from core.indexing.throttle import Throttle, Turns
    from core.library.current_settings import CurrentSettings
    from core.library.open_library import OpenLibrary
    from core.models.embedder import Embedder
    from core.reports import IndexReport, Progress
    from core.search_index.backend import Backend
    from core.search_index.service import SearchIndex
    from core.types import Changes, Root
    from core.workers import Workers

POWER_SECONDS = 5.0


class IndexRunner:
    """Starts indexing runs, throttles them and cleans up after failed ones."""

    def __init__(
        self,
        workers: Workers,
        library: OpenLibrary,
        settings: CurrentSettings,
        search_index: SearchIndex,
        throttle: Throttle,
        folders: FolderService,
    ) -> None:
        self._workers, self._library, self._settings = workers, library, settings
        self._search_index, self._throttle, self._folders = search_index, throttle, folders
        self._thumbnails = ThumbnailFiles(library.files.thumbnails)
        self._lock = asyncio.Lock()

    async def run(
        self,
        find_changes: Callable[[], Awaitable[Changes | None]],
        listener: Callable[[Progress], None],
        *,
        retries_failures: bool,
    ) -> IndexReport:
        """Bring what has changed up to date, or everything if `find_changes` returns None.

        With `retries_failures`, unchanged photos that could not be read are read again. Cancelling keeps what is done
        and returns a report that says so.
        """
        async with self._lock:
            meter = Meter(listener)
            async with self._throttled(meter) as turns:
                try:
                    changes = await find_changes()
                    scopes = scan_scopes(await self._online_roots(), changes, retries_failures=retries_failures)
                    backend = await self._prepare(listener)
                except asyncio.CancelledError:
                    return nothing_done(self._settings.settings.model.name)
                with closing(self._decoders(backend.embedder)) as decoding:
                    report = await self._index(IndexRun(self._context(backend, decoding, turns), meter), scopes)
            if (opened := self._search_index.opened()) and not report.cancelled:
                try:
                    await opened.wait_for_wanted_index()
                except asyncio.CancelledError:
                    return replace(report, cancelled=True)
            return report

    async def upgrade_model(self, listener: Callable[[Progress], None]) -> bool:
        """Embed all photos with the new version of the model, then answer with it. Return whether it answers now.

        It does not as long as photos are left, which may be on a drive that is not connected, or if there is no new
        version. Cancelling keeps what is done.
        """
        outdated = outdated_embeddings(self._library.database, self._settings.settings.model)
        if outdated is None or not await run(self._workers.store, outdated.has_old_model):
            return False
        async with self._lock:
            roots = await self._online_roots()
            if not await run(self._workers.store, _has_work, outdated, roots):
                return False
            return await self._upgrade_model(outdated, roots, listener)

    async def _upgrade_model(
        self, outdated: OutdatedEmbeddings, roots: Sequence[Root], listener: Callable[[Progress], None]
    ) -> bool:
        async with self._search_index.successor(listener) as successor:
            if successor is None:
                return False
            await successor.synced_index.wait_until_writable()
            meter = Meter(listener)
            async with self._throttled(meter) as turns:
                with closing(self._decoders(successor.embedder)) as decoding:
                    upgrade = ModelUpgrade(self._context(successor, decoding, turns), outdated, meter)
                    is_complete = await upgrade.run(roots)
            return is_complete and await self._search_index.adopt(successor)

    async def _online_roots(self) -> list[Root]:
        online, forgotten = await self._folders.merge_duplicates(await self._folders.online_roots())
        await run(self._workers.store, self._thumbnails.forget, forgotten)
        return online

    async def _prepare(self, listener: Callable[[Progress], None]) -> Backend:
        backend = await self._search_index.get(listener)
        await backend.synced_index.wait_until_writable()
        await run(self._workers.store, self._settings.save)
        return backend

    def _decoders(self, embedder: Embedder) -> IndexWorkers:
        known = StoredDetails(self._library.files.catalog, embedder.key)
        folder = self._thumbnails.folder
        return IndexWorkers(embedder.input, embedder.preview_input, decoders(), folder, known)

    def _context(self, backend: Backend, decoding: IndexWorkers, turns: Turns) -> RunContext:
        return RunContext(
            workers=self._workers,
            read=decoding.read,
            preview=decoding.preview,
            metadata=decoding.metadata,
            forget=self._thumbnails.forget,
            catalog=self._library.catalog,
            missing_metadata=MissingMetadata(self._library.database),
            embedder=backend.embedder,
            synced_index=lambda: backend.synced_index,
            model=self._settings.settings.model.name,
            library=self._library.files,
            turns=turns,
        )

    async def _index(self, indexing: IndexRun, scopes: list[ScanScope]) -> IndexReport:
        try:
            return await indexing.run(scopes)
        except (LibraryError, VectorIndexError):
            await self._search_index.close()  # the last write is in doubt; opening the index again settles that
            raise

    @asynccontextmanager
    async def _throttled(self, meter: Meter) -> AsyncGenerator[Turns, None]:
        turns = self._throttle.begin(meter.hold)
        watching = asyncio.create_task(self._watch_power(), name="watch the power supply")
        try:
            yield turns
        finally:
            turns.close()
            watching.cancel()
            self._throttle.set_on_battery(False)  # the next run checks for itself
            with suppress(asyncio.CancelledError):
                await asyncio.gather(watching, return_exceptions=True)

    async def _watch_power(self) -> None:
        while True:
            is_wanted = self._settings.settings.indexing.pause_on_battery
            self._throttle.set_on_battery(is_wanted and await run(self._workers.interactive, on_battery))
            await asyncio.sleep(POWER_SECONDS)


def _has_work(outdated: OutdatedEmbeddings, roots: Sequence[Root]) -> bool:
    """Return whether there are photos to embed in these roots, or none are left anywhere."""
    return any(outdated.photos(root, None, most=1) for root in roots) or not outdated.count()
