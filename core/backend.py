"""What searching and indexing need of a library once its model is loaded and its index is open."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING

from core.catalog.ledger import Ledger
from core.embedding.registry import choose
from core.embedding.runtime import load
from core.syncing import Synchroniser
from core.vectors.connection import preload
from core.vectors.lite import LiteIndex
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, collection_name
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.catalog.database import Database
    from core.embedding.embedder import Embedder
    from core.embedding.registry import ModelChoice
    from core.library import Library
    from core.settings import Settings
    from core.vectors.index import VectorIndex
    from core.workers import Workers


@dataclass(frozen=True, slots=True)
class Backend:
    """A model, and an index that holds what the catalog has for it."""

    embedder: Embedder
    index: VectorIndex
    synchroniser: Synchroniser

    def close(self) -> None:
        """Let go of the index."""
        self.index.close()


@cache
def model_choice(settings: Settings) -> ModelChoice:
    """Return the model of the settings. Remembered: a file with weights is hashed for it.

    Raises:
        ModelError: There is no such model.
    """
    return choose(settings.model, Path(settings.weights) if settings.weights else None)


def target(settings: Settings, model: str) -> str:
    """Return the name by which the catalog knows an index: where it is, and which collection."""
    return f"{settings.uri or 'lite'} {collection_name(model)}"


async def open_backend(
    workers: Workers,
    library: Library,
    database: Database,
    settings: Settings,
    token: str,
    on_download: Callable[[int, int | None], None],
) -> Backend:
    """Load the model and open the index at the same time, then bring the index up to the catalog.

    `database` is used on the store thread, `on_download` is called on the model thread. Cancelling ends a download.

    Raises:
        ModelError: The model cannot be had or run.
        VectorIndexError: The index cannot be reached or opened.
    """
    stopped = Event()
    choice = await run(workers.view, model_choice, settings)
    server = None if settings.uri else await run(workers.store, LiteServer, library.milvus)
    connecting: asyncio.Future[Backend] | None = None
    try:
        embedder, _ = await asyncio.gather(
            run(workers.model, load, choice, library.models, on_download=on_download, is_cancelled=stopped.is_set),
            run(workers.store, preload),
        )
        opening = partial(_connect, embedder, database, settings, token, server, stopped.is_set)
        connecting = asyncio.ensure_future(run(workers.store, opening))
        return await asyncio.shield(connecting)
    except BaseException:
        stopped.set()
        # Not cut off by being cancelled once more: the process would stay, and keep the next one out of its folder.
        await finish(asyncio.ensure_future(_give_up(workers, connecting, server)))
        raise


async def _give_up(workers: Workers, connecting: asyncio.Future[Backend] | None, server: LiteServer | None) -> None:
    if connecting:
        (opened,) = await asyncio.gather(connecting, return_exceptions=True)
        if isinstance(opened, Backend):
            await run(workers.store, opened.close)
            return
    if server:
        await run(workers.store, server.close)


def _connect(
    embedder: Embedder,
    database: Database,
    settings: Settings,
    token: str,
    server: LiteServer | None,
    is_cancelled: Callable[[], bool],
) -> Backend:
    index: VectorIndex
    if server:
        index = LiteIndex(server, embedder.key, embedder.dim)
    else:
        index = MilvusIndex(settings.uri, token, embedder.key, embedder.dim, is_cancelled=is_cancelled)
    try:
        synchroniser = Synchroniser(Ledger(database, target(settings, embedder.key), embedder.key), index)
        synchroniser.reconcile()
    except BaseException:
        index.close()
        raise
    return Backend(embedder, index, synchroniser)
