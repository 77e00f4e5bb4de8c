"""Opening a search index: a local one in its process, or a server's, while the model is still being loaded."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from core.library import token_store
from core.search_index.targets import LITE, folder_of, server_of, spec_of
from core.vectors.connection import preload
from core.vectors.fingerprint import fingerprint
from core.vectors.lite import LiteIndex, throw_away
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.catalog.sync_state import SyncState
    from core.library.files import Library
    from core.library.settings import Settings
    from core.models.embedder import Embedder
    from core.types import Target
    from core.vectors.connection import Server
    from core.vectors.index import VectorIndex
    from core.workers import Workers


log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens one target, as often as it is called. `token` is asked of the system's keyring where it is empty."""

    workers: Workers
    library: Library
    target: Target
    settings: Settings
    token: str
    model: asyncio.Future[Embedder]
    sync_state: SyncState

    async def __call__(self) -> VectorIndex:
        """Return the index, open. Cancelling ends its process, or the waiting for a server.

        Raises:
            ModelError: The model, of which the length of the embeddings is needed, cannot be had.
            VectorIndexError: The index cannot be reached or opened.
        """
        stopped = Event()
        was_cut_off = self.target.location == LITE and await run(self.workers.store, self._look_over)
        process = await self._start() if self.target.location == LITE else None
        opening: asyncio.Future[VectorIndex] | None = None
        try:
            embedder, _ = await asyncio.gather(asyncio.shield(self.model), run(self.workers.connect, preload))
            connect = partial(self._connect, embedder, process, stopped.is_set, was_cut_off=was_cut_off)
            opening = asyncio.ensure_future(run(self.workers.connect, connect))
            return await asyncio.shield(opening)
        except BaseException:
            stopped.set()
            # Not cut off by being cancelled once more: the process would stay, and keep the next one out of its folder.
            await finish(asyncio.ensure_future(self._give_up(opening, process)))
            raise

    def _look_over(self) -> bool:
        """Throw away files that were changed since they were closed. Returns whether they never were closed."""
        folder = folder_of(self.target, self.library)
        left, found = self.sync_state.take_fingerprint(), fingerprint(folder)
        if left and left != found:
            log.warning("The files of the local search index were changed or damaged. It is built again.")
            throw_away(folder)
        return not left and bool(found)

    async def _start(self) -> LiteServer:
        starting = asyncio.ensure_future(run(self.workers.connect, LiteServer, folder_of(self.target, self.library)))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await run(self.workers.connect, (await finish(starting)).close)
            raise

    def _connect(
        self, embedder: Embedder, process: LiteServer | None, is_cancelled: Callable[[], bool], *, was_cut_off: bool
    ) -> VectorIndex:
        spec = spec_of(self.target, self.settings)
        if process:
            return LiteIndex(process, self.target.model, embedder.dim, spec, was_cut_off=was_cut_off)
        server = server_with_token(self.settings, self.token)
        return MilvusIndex(server, self.target.model, embedder.dim, spec, is_cancelled)

    async def _give_up(self, opening: asyncio.Future[VectorIndex] | None, process: LiteServer | None) -> None:
        if opening:
            (opened,) = await asyncio.gather(opening, return_exceptions=True)
            if not isinstance(opened, BaseException):
                await run(self.workers.connect, opened.close)
                return
        if process:
            await run(self.workers.connect, process.close)


def server_with_token(settings: Settings, token: str) -> Server:
    """Return the server of the settings, with the token that the keyring has where none is given. May wait for it."""
    return server_of(settings, token or token_store.read(server_of(settings).location))
