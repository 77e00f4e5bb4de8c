"""Photos on their way from the decoders through the model into the catalog and the index."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.workers import batches, finish, run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from core.catalog.photos import Catalog
    from core.images.reader import ReadPhoto
    from core.indexing.throttle import Turns
    from core.library.files import LibraryFiles
    from core.models.embedder import Embedder
    from core.search_index.synced_index import SyncedIndex
    from core.types import Details, PhotoFile, Pixels, Root, Vector, Vectors
    from core.workers import Workers

EMBED_BATCH = 4
"""As many as one core embeds at once: with more it is slower, by a tenth."""

AHEAD = batches()
"""Batches that the model may have before it when it is given one more: no core waits for the next."""

STORE_BATCH = 128

SETTLE_SECONDS = 1.0
"""What a slow model has not put out by then, after a run was cancelled, is left to the next run."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What an indexing run works with. `catalog` is for the store thread; `reader` answers on any thread.

    `read` returns a photo, unless its content is known, and `preview` the small picture that a file may carry; both are
    called on the threads that decode. `forget` deletes the thumbnails of photos that are gone. `replica` returns the
    index that answers now: another one may take its place during a run. `model` is the name for people. Each piece of
    work that takes a core for itself waits for its turn.
    """

    workers: Workers
    read: Callable[[Path, Callable[[bytes], Details | None]], ReadPhoto]
    preview: Callable[[Path], ReadPhoto | None]
    forget: Callable[[Iterable[Path]], None]
    catalog: Catalog
    read_catalog: Catalog
    embedder: Embedder
    replica: Callable[[], SyncedIndex]
    model: str
    library: LibraryFiles
    turns: Turns


@dataclass(slots=True)
class Batch:
    """Photos of one root on their way to the catalog: all in it are complete."""

    photos: list[tuple[PhotoFile, Details]] = field(default_factory=list)
    vectors: dict[bytes, Vector] = field(default_factory=dict)
    failures: list[tuple[PhotoFile, str, bool]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.photos) + len(self.failures)


@dataclass(frozen=True, slots=True)
class Embedding:
    """Photos that the model has before it, and what it makes of them."""

    photos: list[tuple[PhotoFile, Details]]
    vectors: asyncio.Future[Vectors]


class Pipeline:
    """Takes the photos of one root after another. Each root ends with `finish` or `give_up`.

    `embedded` counts the photos, read as a whole, that the model has seen.
    """

    def __init__(self, tools: Tools) -> None:
        """Start empty."""
        self.embedded = 0
        self._tools = tools
        self._batch = Batch()
        self._decoded: list[tuple[PhotoFile, Details, Pixels]] = []
        self._embedding: deque[Embedding] = deque()
        self._writing: asyncio.Future[None] | None = None

    async def embed(self, root: Root, file: PhotoFile, details: Details, pixels: Pixels) -> None:
        """Take a photo that the model has to see, which it does in batches."""
        self._decoded.append((file, details, pixels))
        if len(self._decoded) == EMBED_BATCH:
            await self._embed(AHEAD)
        await self._store_if_full(root)

    async def add(self, root: Root, file: PhotoFile, details: Details) -> None:
        """Take a photo whose content the model has seen, or is about to."""
        self._batch.photos.append((file, details))
        await self._store_if_full(root)

    async def fail(self, root: Root, file: PhotoFile, reason: str, *, again: bool) -> None:
        """Take a photo that cannot be read; `again`: the next run tries once more."""
        self._batch.failures.append((file, reason, again))
        await self._store_if_full(root)

    async def finish(self, root: Root) -> None:
        """Embed and write all that was taken."""
        await self._embed(0)
        await self._store(root)
        await self._written()

    async def give_up(self, root: Root, error: BaseException) -> None:
        """Keep what the model has by now, if it was only cancelled, and leave what is only decoded to the next run.

        Nothing more is written after an error: Milvus Lite loses what it has taken when one goes on over a full disk.
        """
        self._decoded.clear()
        keep = isinstance(error, asyncio.CancelledError)
        await finish(asyncio.ensure_future(self._settle(root, keep=keep)))

    async def _settle(self, root: Root, *, keep: bool) -> None:
        embeddings, self._embedding = self._embedding, deque()
        working = [embedding.vectors for embedding in embeddings]
        if working:
            await asyncio.wait(working, timeout=SETTLE_SECONDS)
        for vectors in working:
            vectors.cancel()
        results = await asyncio.gather(*working, return_exceptions=True)
        if keep:
            for embedding, result in zip(embeddings, results, strict=True):
                if not isinstance(result, BaseException):
                    self._keep(embedding.photos, result)
            await self._store(root)
        await self._written()

    async def _embed(self, ahead: int) -> None:
        """Give the model what was decoded, and take what it has made of photos until it has `ahead` batches left."""
        if self._decoded:
            photos = [(file, details) for file, details, _ in self._decoded]
            pictures = [pixels for _, _, pixels in self._decoded]
            self._decoded.clear()
            working = asyncio.ensure_future(run(self._tools.workers.model, self._vectors, pictures))
            self._embedding.append(Embedding(photos, working))
        while self._embedding and (len(self._embedding) > ahead or self._embedding[0].vectors.done()):
            await asyncio.wait([self._embedding[0].vectors])  # which a cancellation ends, and not the work
            embedding = self._embedding.popleft()
            self._keep(embedding.photos, embedding.vectors.result())

    def _vectors(self, pictures: list[Pixels]) -> Vectors:
        with self._tools.turns.turn():
            return self._tools.embedder.embed(np.stack(pictures), background=True)

    def _keep(self, photos: list[tuple[PhotoFile, Details]], vectors: Vectors) -> None:
        self._batch.photos += photos
        self._batch.vectors.update(
            (details.content, vector) for (_, details), vector in zip(photos, vectors, strict=True)
        )
        self.embedded += sum(not details.is_provisional for _, details in photos)

    async def _store_if_full(self, root: Root) -> None:
        if len(self._batch) >= STORE_BATCH:
            await self._store(root)

    async def _store(self, root: Root) -> None:
        """Begin to write the batch as soon as the one before is written: decoding goes on meanwhile."""
        await self._written()
        batch, self._batch = self._batch, Batch()
        self._writing = asyncio.ensure_future(run(self._tools.workers.store, self._write, root, batch))

    async def _written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await finish(writing)

    def _write(self, root: Root, batch: Batch) -> None:
        tools = self._tools
        tools.library.check_space()
        tools.catalog.save_failures(root, batch.failures)
        tools.replica().push(tools.catalog.save(root, batch.photos, batch.vectors, tools.embedder.key))
