"""The model of a library and the search index that answers its searches."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from core.catalog.embeddings import Embeddings
from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.catalog.sync_state import SyncState
from core.errors import SemblanceError
from core.library import token_store
from core.library.settings import cached_models
from core.models.runtime import is_converted, load
from core.reports import IndexState, MoveReport, Phase
from core.search_index.catalog_copy import CopySynchroniser, load_copy
from core.search_index.opener import Opener
from core.search_index.synced_index import SyncedIndex
from core.search_index.targets import (
    LITE,
    choose_index,
    folder_name,
    folder_of,
    server_of,
)
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.library.current_settings import CurrentSettings
    from core.library.open_library import OpenLibrary
    from core.library.settings import IndexSettings
    from core.models.embedder import Embedder
    from core.models.registry import ModelChoice
    from core.search_index.targets import IndexChoice
    from core.types import Target
    from core.workers import Workers

log = logging.getLogger(__name__)


class Backend:
    """A model and the index that answers. Another index replaces it once that is complete.

    `settings` are those of the index when the backend was created. `moving` is locked while another index replaces it.
    """

    embedder: Embedder
    synced_index: SyncedIndex

    def __init__(
        self,
        workers: Workers,
        library: OpenLibrary,
        settings: CurrentSettings,
        model: ModelChoice,
        on_state: Callable[[IndexState], None],
    ) -> None:
        self.model, self.settings, self.moving = model, settings.settings.index, asyncio.Lock()
        self._workers, self._library, self._settings, self._on_state = workers, library, settings, on_state
        self._building: asyncio.Task[None] | None = None

    async def open(self, on_download: Callable[[int, int | None], None]) -> None:
        """Load the model and start opening the index beside it. Cancelling stops a download.

        `on_download` is called on the model thread.

        Raises:
            ModelError: The model is not available or cannot run.
            VectorIndexError: The settings name an unknown index type, metric or parameter.
        """
        stopped = Event()
        settings, token = self._settings.settings, self._settings.token
        chosen = await run(self._workers.store, self._choose, settings.index, self.model.key)
        models = await run(self._workers.interactive, self._models)
        loading = run(
            self._workers.model, load, self.model, models, on_download=on_download, is_cancelled=stopped.is_set
        )
        self._model = asyncio.ensure_future(loading)
        self._model.add_done_callback(_retrieve_error)
        self.synced_index = self._synced_index(chosen.in_use, settings.index, token)
        self.synced_index.start()
        try:
            self.embedder = await asyncio.shield(self._model)
        except BaseException:
            stopped.set()
            await self.synced_index.close()
            raise
        if chosen.wanted != chosen.in_use and not self._library.read_only:
            self._building = asyncio.create_task(self._build_wanted_index(), name="build the wanted index")

    async def close(self) -> None:
        """Close the index."""
        if self._building:
            self._building.cancel()
            await asyncio.wait([self._building])
        await self.synced_index.close()

    async def wait_for_wanted_index(self) -> None:
        """Wait for the index that the settings want to replace the current one, if that is under way."""
        if self._building:
            await asyncio.shield(self._building)

    async def move(
        self, settings: IndexSettings, token: str, on_copied: Callable[[int, int], None] = lambda *_: None
    ) -> MoveReport:
        """Fill the index that these settings want from the catalog, switch to it and save the settings.

        After a failed or cancelled call, the old index answers with its old settings. The next call continues.

        Raises:
            SemblanceError: The new index cannot be reached or filled, or the library is read-only.
        """
        self._library.check_writable()
        started = time.monotonic()
        async with self.moving:
            chosen = await run(self._workers.store, self._choose, settings, self.embedder.key)
            successor = self._synced_index(chosen.wanted, settings, token)
            if chosen.wanted == self.synced_index.target and chosen.wanted.location == LITE:
                await self._reopen(successor, on_copied)
            else:
                await self._fill(successor, on_copied)
                await self._replace(successor)
            self._settings.use_index(settings, token)
            await run(self._workers.store, self._settings.save)
            photos = await run(self._workers.store, SyncState(self._library.database, successor.target).indexed_count)
        location = server_of(settings).location
        remembered = not (location and token) or await run(self._workers.connect, token_store.remember, location, token)
        return MoveReport(photos, time.monotonic() - started, remembered)

    def _models(self) -> Path:
        models = self._library.files.models
        is_complete = not self._library.read_only or is_converted(self.model, models)
        return models if is_complete else cached_models()

    async def _build_wanted_index(self) -> None:
        def on_copied(done: int, total: int) -> None:
            self._on_state(IndexState(Phase.COPYING, done, total))

        try:
            await self.synced_index.wait_until_complete()
            await self.move(self._settings.settings.index, self._settings.token, on_copied)
        except SemblanceError as error:
            log.warning("The search index stays as it was built before: %s", error)

    @staticmethod
    async def _fill(successor: SyncedIndex, on_copied: Callable[[int, int], None]) -> None:
        successor.start()
        try:
            await successor.wait_until_complete(on_copied)
            await successor.flush(on_copied)
        except BaseException:
            await successor.close()
            raise

    async def _reopen(self, successor: SyncedIndex, on_copied: Callable[[int, int], None]) -> None:
        """Replace a local index by itself with other search parameters. If that fails, open it with the old ones."""
        await self.synced_index.close()  # first, because only one process can open the folder
        self.synced_index = successor
        successor.start()
        try:
            await successor.wait_until_complete(on_copied)
        except BaseException:
            await successor.close()
            self.synced_index = self._synced_index(
                successor.target, self._settings.settings.index, self._settings.token
            )
            self.synced_index.start()
            raise

    async def _replace(self, successor: SyncedIndex) -> None:
        old, self.synced_index = self.synced_index, successor
        await run(self._workers.read, time.monotonic)  # returns after the searches that are under way
        await old.close()
        await successor.flush()  # copies what was pushed to the old index meanwhile
        await run(self._workers.store, self._remove_unused, successor.target)
        self._on_state(successor.state)

    def _remove_unused(self, in_use: Target) -> None:
        """Delete the local indexes of this model except the one that answers."""
        indexes = IndexRecords(self._library.database)
        for target in indexes.others(in_use):
            if target.location == LITE:
                indexes.forget(target)
                self._library.files.remove_index(folder_name(target))

    def _synced_index(self, target: Target, settings: IndexSettings, token: str) -> SyncedIndex:
        files, sync_state = self._library.files, SyncState(self._library.database, target)
        if self._library.read_only:
            embeddings = Embeddings(self._library.read_database, target.model)
            load = partial(run, self._workers.read, load_copy, embeddings)
            return SyncedIndex(
                self._workers, target, sync_state, load, self._on_index_state, synchroniser=CopySynchroniser
            )
        folder = folder_of(target, files)
        opener = Opener(self._workers, folder, target, settings, token, self._model, sync_state)
        if target.location != LITE:
            return SyncedIndex(self._workers, target, sync_state, opener, self._on_index_state)
        return SyncedIndex(self._workers, target, sync_state, opener, self._on_index_state, files.check_space)

    def _on_index_state(self, synced_index: SyncedIndex) -> None:
        if synced_index is self.synced_index:
            self._on_state(synced_index.state)

    def _choose(self, settings: IndexSettings, model: str) -> IndexChoice:
        database = self._library.database
        return choose_index(Catalog(database), IndexRecords(database), settings, model)


def _retrieve_error(loading: asyncio.Future[Embedder]) -> None:
    """Mark the error as seen. Otherwise, asyncio reports it some time after the user has stopped a download."""
    if not loading.cancelled():
        loading.exception()
