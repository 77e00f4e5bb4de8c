"""Opening a search index, local or on a server, while the model is still loading."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from core.search_index.targets import LITE, server_with_token, spec_of
from core.vectors.connection import preload
from core.vectors.lite import LiteIndex, delete_index_folder, fingerprint
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.catalog.sync_state import SyncState
    from core.library.settings import IndexSettings
    from core.models.embedder import Embedder
    from core.types import Target
    from core.vectors.index import VectorIndex
    from core.workers import Workers

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opener:
    """Opens one target; may be called repeatedly. `folder` holds the data of a local one.

    An empty `token` is read from the system's keyring.
    """

    workers: Workers
    folder: Path
    target: Target
    settings: IndexSettings
    token: str
    model: asyncio.Future[Embedder]
    sync_state: SyncState

    async def __call__(self) -> VectorIndex:
        """Return the open index. Cancelling ends its process, or the wait for a server.

        Raises:
            ModelError: The model, which determines the length of the embeddings, is not available.
            VectorIndexError: The index cannot be reached or opened.
        """
        stopped = Event()
        is_local = self.target.location == LITE
        unclean_shutdown = is_local and await run(self.workers.store, self._discard_changed_files)
        process = await self._start() if is_local else None
        opening: asyncio.Future[VectorIndex] | None = None
        try:
            embedder, _ = await asyncio.gather(asyncio.shield(self.model), run(self.workers.connect, preload))
            connect = partial(self._connect, embedder, process, stopped.is_set, unclean_shutdown=unclean_shutdown)
            opening = asyncio.ensure_future(run(self.workers.connect, connect))
            return await asyncio.shield(opening)
        except BaseException:
            stopped.set()
            # A second cancellation must not interrupt this: the process would stay and lock the folder.
            await finish(asyncio.ensure_future(self._abandon(opening, process)))
            raise

    def _discard_changed_files(self) -> bool:
        """Delete index files that changed since they were closed. Returns whether they were never closed."""
        recorded, found = self.sync_state.take_fingerprint(), fingerprint(self.folder)
        if recorded and recorded != found:
            log.warning("The files of the local search index were changed or damaged. It is rebuilt.")
            delete_index_folder(self.folder)
        return not recorded and bool(found)

    async def _start(self) -> LiteServer:
        starting = asyncio.ensure_future(run(self.workers.connect, LiteServer, self.folder))
        try:
            return await asyncio.shield(starting)
        except asyncio.CancelledError:
            await run(self.workers.connect, (await finish(starting)).close)
            raise

    def _connect(
        self,
        embedder: Embedder,
        process: LiteServer | None,
        is_cancelled: Callable[[], bool],
        *,
        unclean_shutdown: bool,
    ) -> VectorIndex:
        spec = spec_of(self.target, self.settings)
        if process:
            return LiteIndex(process, self.target.model, embedder.dim, spec, unclean_shutdown=unclean_shutdown)
        server = server_with_token(self.settings, self.token)
        return MilvusIndex(server, self.target.model, embedder.dim, spec, is_cancelled)

    async def _abandon(self, opening: asyncio.Future[VectorIndex] | None, process: LiteServer | None) -> None:
        if opening:
            (opened,) = await asyncio.gather(opening, return_exceptions=True)
            if not isinstance(opened, BaseException):
                await run(self.workers.connect, opened.close)
                return
        if process:
            await run(self.workers.connect, process.close)
