"""What searching and indexing need of a library: its model, and a search index that holds what the catalog has."""

from __future__ import annotations

import asyncio
import logging
import time
from functools import cache
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from core.catalog.photos import Catalog
from core.catalog.search_indexes import SearchIndexes
from core.catalog.sync_state import SyncState
from core.errors import SemblanceError
from core.library import token_store
from core.models.registry import choose
from core.models.runtime import load
from core.reports import IndexState, MoveReport, Phase
from core.search_index.opener import Opener, server_with_token
from core.search_index.synced_index import SyncedIndex
from core.search_index.targets import LITE, choose_targets, folder_name, server_of, spec_of
from core.vectors.probe import probe
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.catalog.database import Database
    from core.library.current_settings import CurrentSettings
    from core.library.files import Library
    from core.library.settings import Settings
    from core.models.embedder import Embedder
    from core.models.registry import ModelChoice
    from core.reports import ConnectionReport
    from core.search_index.targets import Chosen
    from core.types import Target
    from core.workers import Workers

log = logging.getLogger(__name__)


def model_choice(settings: Settings) -> ModelChoice:
    """Return the model of the settings. Remembered: a file with weights is hashed for it.

    Raises:
        ModelError: There is no such model.
    """
    return _chosen_model(settings.model, settings.weights)


@cache
def _chosen_model(name: str, weights: str) -> ModelChoice:
    return choose(name, Path(weights) if weights else None)


class Backend:
    """A model, and the index that answers. Another index takes its place once it is whole."""

    embedder: Embedder
    replica: SyncedIndex

    def __init__(
        self,
        workers: Workers,
        library: Library,
        database: Database,
        choices: CurrentSettings,
        on_state: Callable[[IndexState], None],
    ) -> None:
        """Take note; `open` comes next. `database` is used on the store thread."""
        self._workers, self._library, self._database = workers, library, database
        self._choices, self._on_state = choices, on_state
        self._moving = asyncio.Lock()
        self._succession: asyncio.Task[None] | None = None

    async def open(self, on_download: Callable[[int, int | None], None]) -> None:
        """Load the model, and begin to open the index beside it. Cancelling ends a download.

        `on_download` is called on the model thread.

        Raises:
            ModelError: The model cannot be had or run.
            VectorIndexError: The settings want an index that is not on offer.
        """
        stopped = Event()
        settings, token = self._choices.settings, self._choices.token
        choice = await run(self._workers.interactive, model_choice, settings)
        chosen = await run(self._workers.store, self._choose, settings, choice.key)
        models = self._library.models
        loading = run(self._workers.model, load, choice, models, on_download=on_download, is_cancelled=stopped.is_set)
        self._model = asyncio.ensure_future(loading)
        self.replica = self._replica(chosen.answering, settings, token)
        self.replica.start()
        try:
            self.embedder = await asyncio.shield(self._model)
        except BaseException:
            stopped.set()
            await self.replica.close()
            raise
        if chosen.wanted != chosen.answering:
            self._succession = asyncio.create_task(self._succeed(), name="build the wanted index")

    async def close(self) -> None:
        """Let go of the index."""
        if self._succession:
            self._succession.cancel()
            await asyncio.wait([self._succession])
        await self.replica.close()

    async def succeeded(self) -> None:
        """Wait until the index that the settings want has taken its place, if that is under way."""
        if self._succession:
            await asyncio.shield(self._succession)

    async def move(
        self, settings: Settings, token: str, on_copied: Callable[[int, int], None] = lambda *_: None
    ) -> MoveReport:
        """Fill the index that these settings want from the catalog, let it take over, and save the settings.

        Cancelling leaves the old one answering; the same call goes on where this one was.

        Raises:
            SemblanceError: The new index cannot be reached or filled.
        """
        started = time.monotonic()
        async with self._moving:
            chosen = await run(self._workers.store, self._choose, settings, self.embedder.key)
            successor = self._replica(chosen.wanted, settings, token)
            if chosen.wanted == self.replica.target:
                # The same rows, searched or reached in another way; and only one process can have a local folder.
                await self.replica.close()
                self.replica = successor
                successor.start()
                await successor.whole(on_copied)
            else:
                await self._fill(successor, on_copied)
                await self._replace(successor)
            self._choices.use_index(settings, token)
            await run(self._workers.store, self._choices.save)
            photos = await run(self._workers.store, SyncState(self._database, successor.target).indexed_count)
        location = server_of(settings).location
        remembered = not (location and token) or await run(self._workers.connect, token_store.remember, location, token)
        return MoveReport(photos, time.monotonic() - started, remembered)

    async def test(self, settings: Settings, token: str) -> ConnectionReport:
        """Return what the server of some settings answers. Cancelling ends the waiting.

        Raises:
            VectorIndexError: Why it cannot be used, in plain words.
        """
        stopped = Event()
        chosen = await run(self._workers.store, self._choose, settings, self.embedder.key)
        try:
            return await run(self._workers.connect, self._probe, chosen.wanted, settings, token, stopped.is_set)
        finally:
            stopped.set()

    def _probe(
        self, target: Target, settings: Settings, token: str, is_cancelled: Callable[[], bool]
    ) -> ConnectionReport:
        server, spec = server_with_token(settings, token), spec_of(target, settings)
        return probe(server, target.model, self.embedder.dim, spec, is_cancelled)

    async def _succeed(self) -> None:
        def tell(done: int, total: int) -> None:
            self._on_state(IndexState(Phase.COPYING, done, total))

        try:
            await self.replica.whole()
            await self.move(self._choices.settings, self._choices.token, tell)
        except SemblanceError as error:
            log.warning("The search index stays as it was built before: %s", error)

    @staticmethod
    async def _fill(successor: SyncedIndex, on_copied: Callable[[int, int], None]) -> None:
        successor.start()
        try:
            await successor.whole(on_copied)
            await successor.settle(on_copied)
        except BaseException:
            await successor.close()
            raise

    async def _replace(self, successor: SyncedIndex) -> None:
        old, self.replica = self.replica, successor
        await run(self._workers.read, time.monotonic)  # after the searches that are under way
        await old.close()
        await successor.settle()  # what was pushed to the old one meanwhile
        await run(self._workers.store, self._tidy, successor.target)
        self._on_state(successor.state)

    def _tidy(self, answering: Target) -> None:
        """Delete the local indexes of this model that nobody needs any more."""
        indexes = SearchIndexes(self._database)
        for target in indexes.others(answering):
            if target.location == LITE:
                indexes.forget(target)
                self._library.remove_index(folder_name(target))

    def _replica(self, target: Target, settings: Settings, token: str) -> SyncedIndex:
        sync_state = SyncState(self._database, target)
        opener = Opener(self._workers, self._library, target, settings, token, self._model, sync_state)
        if target.location != LITE:
            return SyncedIndex(self._workers, target, sync_state, opener, self._heard)
        return SyncedIndex(self._workers, target, sync_state, opener, self._heard, self._library.check_space)

    def _heard(self, replica: SyncedIndex) -> None:
        if replica is self.replica:
            self._on_state(replica.state)

    def _choose(self, settings: Settings, model: str) -> Chosen:
        return choose_targets(Catalog(self._database), SearchIndexes(self._database), settings, model)
