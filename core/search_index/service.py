"""The model and the search index of an open library: opened on first use, shared by all callers, and replaceable."""

from __future__ import annotations

import asyncio
import time
from contextlib import asynccontextmanager
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.models.runtime import cached_spec
from core.reports import IndexState, Phase, Progress, Stage
from core.search_index.backend import Backend
from core.search_index.targets import (
    LITE,
    choose_index,
    folder_name,
    model_choice,
    model_in_use,
    offered,
    outdated_embeddings,
    server_with_token,
    spec_of,
)
from core.vectors.probe import probe
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from core.library.current_settings import CurrentSettings
    from core.library.open_library import OpenLibrary
    from core.library.settings import IndexSettings
    from core.models.registry import ModelChoice
    from core.reports import ConnectionReport, MoveReport
    from core.types import IndexType
    from core.workers import Workers


def ignore(_: Progress) -> None:
    """Discard progress."""


def copying(listener: Callable[[Progress], None]) -> Callable[[int, int], None]:
    """Return a callback that reports the number of copied photos, and of all, to a listener."""
    return lambda done, total: listener(Progress(Stage.COPYING, done, total))


class SearchIndex:
    """The search index: its state, the types on offer, and moves to another one.

    `get` opens the model and the index when they are first needed.
    """

    def __init__(self, workers: Workers, library: OpenLibrary, settings: CurrentSettings) -> None:
        self._workers, self._library, self._settings = workers, library, settings
        self._opening: asyncio.Task[Backend] | None = None
        self._answering: Backend | None = None
        self._waiting: list[Callable[[Progress], None]] = []
        self._listeners: list[Callable[[IndexState], None]] = []
        self._state = IndexState(Phase.OPENING)

    @property
    def state(self) -> IndexState:
        """Return the state of the index; OPENING before it is first needed."""
        return self._state

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener` on the event loop's thread whenever the state changes."""
        self._listeners.append(listener)

    def types(self) -> tuple[IndexType, ...]:
        """Return the index types on offer."""
        return offered()

    def retry(self) -> None:
        """Try an unreachable or failed index again now."""
        if backend := self.opened():
            backend.synced_index.retry()
        else:
            self._begin()

    async def test(self, wanted: IndexSettings, token: str) -> ConnectionReport:
        """Return what the server of some settings answers, within seconds. Cancelling stops the wait.

        Neither the model nor the index of the library is opened.

        Raises:
            VectorIndexError: The server cannot be reached or used.
        """
        stopped = Event()
        database, models = self._library.read_database, self._library.files.models
        choice = await self._model_in_use()
        model = await run(self._workers.interactive, cached_spec, choice, models)
        indexes = await run(
            self._workers.read, choose_index, Catalog(database), IndexRecords(database), wanted, choice.key
        )
        spec, dim = spec_of(indexes.wanted, wanted), model.dim if model else None

        def test() -> ConnectionReport:
            return probe(server_with_token(wanted, token), choice.key, dim, spec, stopped.is_set)

        try:
            return await run(self._workers.connect, test)
        finally:
            stopped.set()

    async def move(
        self, wanted: IndexSettings, token: str, on_progress: Callable[[Progress], None] | None = None
    ) -> MoveReport:
        """Build the index that these settings describe from the catalog, switch to it and save the settings.

        The model does not run. The current index answers until the new one is complete, and continues after an error or
        a cancelled call. Only a local index that gets other search parameters is closed meanwhile. Calling again
        continues from the last flush.
        """
        listener = on_progress or ignore
        backend = await self.get(listener)
        return await backend.move(wanted, token, copying(listener))

    async def get(self, listener: Callable[[Progress], None] = ignore) -> Backend:
        """Return the backend, opening it on the first call.

        Cancelling stops the download of a model unless another caller waits for it. The next call continues it.
        """
        while self._opening and self._opening.cancelling() and not self._opening.done():
            await asyncio.wait([self._opening])  # cancelled a moment ago: its process must end first
        opening = self._begin()
        self._waiting.append(listener)
        try:
            # Shielded: cancelling one caller must not take the model away from the others.
            backend = await asyncio.shield(opening)
        except asyncio.CancelledError:
            if len(self._waiting) == 1:
                opening.cancel()
            raise
        finally:
            self._waiting.remove(listener)
        backend.synced_index.start()  # again, if it failed before
        return backend

    def opened(self) -> Backend | None:
        """Return the backend if it is open."""
        opening = self._opening
        return opening.result() if opening and opening.done() and _succeeded(opening) else None

    async def flush_if_ready(self) -> None:
        """Bring the index up to date if it is open and ready. Otherwise, that happens when it is opened next."""
        if (backend := self.opened()) and backend.synced_index.state.phase is Phase.READY:
            await backend.synced_index.flush()

    @asynccontextmanager
    async def successor(self, listener: Callable[[Progress], None] = ignore) -> AsyncIterator[Backend | None]:
        """Open the new version of the model in use, with a search index of its own; None if there is no new version.

        It is closed afterwards, unless it was adopted.
        """
        backend = await self.get(listener)
        wanted = await run(self._workers.interactive, model_choice, self._settings.settings.model)
        if backend.model == wanted:
            yield None
            return
        successor = self._backend(wanted)
        await successor.open(lambda *_: None)
        try:
            yield successor
        finally:
            if successor is not self._answering:
                await finish(asyncio.ensure_future(successor.close()))

    async def adopt(self, successor: Backend) -> bool:
        """Answer with the new version of the model from now on, and delete everything that belongs to the old one.

        Return False, and change nothing, if the settings want another index than that of the successor by now.

        Raises:
            SemblanceError: The index of the new version is not complete, so the old version continues to answer.
        """
        await successor.synced_index.wait_until_complete()
        old = await self.get()
        async with old.moving:
            if successor.settings != self._settings.settings.index:
                return False
            await finish(asyncio.ensure_future(self._replace(old, successor)))
        return True

    async def _replace(self, old: Backend, successor: Backend) -> None:
        opening = asyncio.create_task(_opened(successor))
        await opening
        self._opening, self._answering = opening, successor
        await run(self._workers.read, time.monotonic)  # returns after the searches that are under way
        await old.close()
        await run(self._workers.store, self._forget, old.model)
        self._enter(successor.synced_index.state)

    async def close(self) -> None:
        """Close the model and the index. The next call of `get` opens them again."""
        opening, self._opening = self._opening, None
        if opening:
            opening.cancel()
            (opened,) = await asyncio.gather(opening, return_exceptions=True)
            if isinstance(opened, Backend):
                await opened.close()

    def _begin(self) -> asyncio.Task[Backend]:
        if self._opening is None or (self._opening.done() and not _succeeded(self._opening)):
            self._opening = asyncio.create_task(self._open(), name="open the model and the index")
            self._opening.add_done_callback(_succeeded)  # retrieves its exception even if no caller waits for it
        return self._opening

    async def _open(self) -> Backend:
        backend = self._answering = self._backend(await self._model_in_use())
        loop = asyncio.get_running_loop()

        def on_download(done: int, total: int | None) -> None:  # called on the model thread
            loop.call_soon_threadsafe(self._report, Progress(Stage.DOWNLOADING, done, total or 0))

        await backend.open(on_download)
        return backend

    async def _model_in_use(self) -> ModelChoice:
        find = partial(model_in_use, self._library.read_database, self._settings.settings.model)
        return await run(self._workers.read, find)

    def _backend(self, model: ModelChoice) -> Backend:
        def on_state(state: IndexState) -> None:
            if backend is self._answering:
                self._enter(state)

        backend = Backend(self._workers, self._library, self._settings, model, on_state)
        return backend

    def _forget(self, old: ModelChoice) -> None:
        """Delete the embeddings of a model that does not answer any more, and its local search indexes."""
        for target in IndexRecords(self._library.database).of_model(old.key):
            if target.location == LITE:
                self._library.files.remove_index(folder_name(target))
        if outdated := outdated_embeddings(self._library.database, self._settings.settings.model):
            outdated.forget_old_model()

    def _enter(self, state: IndexState) -> None:
        self._state = state
        for listener in self._listeners:
            listener(state)

    def _report(self, progress: Progress) -> None:
        for listener in self._waiting:
            listener(progress)


async def _opened(backend: Backend) -> Backend:
    return backend


def _succeeded(opening: asyncio.Task[Backend]) -> bool:
    return not opening.cancelled() and opening.exception() is None
