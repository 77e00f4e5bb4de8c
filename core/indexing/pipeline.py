"""The pipeline of an indexing run: decoded photos go through the model into the catalog and the search index."""

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

    from core.catalog.missing_metadata import MissingMetadata
    from core.catalog.photos import Catalog
    from core.images.reader import ReadPhoto
    from core.indexing.throttle import Turns
    from core.library.files import LibraryFiles
    from core.models.embedder import Embedder
    from core.search_index.synced_index import SyncedIndex
    from core.types import Metadata, PhotoDetails, PhotoFile, Pixels, Root, Vector, Vectors
    from core.workers import Workers

EMBED_BATCH = 4
"""Photos in a batch for the model. One core embeds larger batches a tenth slower."""

AHEAD = batches()
"""Batches that may be queued for the model when another is added, so that no core waits for its next batch."""

STORE_BATCH = 128
"""Photos that are written to the catalog and the search index together."""

SETTLE_SECONDS = 1.0
"""How long a cancelled run waits for the model. Batches that are not embedded by then are left to the next run."""


@dataclass(frozen=True, slots=True)
class RunContext:
    """Everything an indexing run depends on.

    `read` reads a photo. It leaves out the pixels if the catalog has an embedding of its content. `preview` reads the
    embedded preview of a file, if it has one, and `metadata` only the metadata. They are called on the decode threads.

    `forget` deletes the thumbnails of removed photos. `catalog` and `missing_metadata` may be used on the store thread
    only. `synced_index` returns the search index in use, which may be replaced during a run. `model` is the model's
    display name. Work that keeps a core busy waits for one of the `turns`.
    """

    workers: Workers
    read: Callable[[Path], ReadPhoto]
    preview: Callable[[Path], ReadPhoto | None]
    metadata: Callable[[Path], Metadata]
    forget: Callable[[Iterable[Path]], None]
    catalog: Catalog
    missing_metadata: MissingMetadata
    embedder: Embedder
    synced_index: Callable[[], SyncedIndex]
    model: str
    library: LibraryFiles
    turns: Turns


@dataclass(slots=True)
class Batch:
    """Photos of one root that are ready to be written to the catalog, and those that could not be read."""

    photos: list[tuple[PhotoFile, PhotoDetails]] = field(default_factory=list)
    vectors: dict[bytes, Vector] = field(default_factory=dict)
    failures: list[tuple[PhotoFile, str, bool]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.photos) + len(self.failures)


@dataclass(frozen=True, slots=True)
class EmbeddingBatch:
    """A batch of photos that was given to the model, and the future of their embeddings."""

    photos: list[tuple[PhotoFile, PhotoDetails]]
    vectors: asyncio.Future[Vectors]


class Pipeline:
    """Embeds and stores the photos of one root after another. Each root ends with `finish` or `abandon`.

    `embedded` counts the photos that were embedded from the complete file, not from an embedded preview.
    """

    def __init__(self, context: RunContext) -> None:
        self.embedded = 0
        self._context = context
        self._batch = Batch()
        self._decoded: list[tuple[PhotoFile, PhotoDetails, Pixels]] = []
        self._embedding: deque[EmbeddingBatch] = deque()
        self._writing: asyncio.Future[None] | None = None

    async def embed(self, root: Root, file: PhotoFile, details: PhotoDetails, pixels: Pixels) -> None:
        """Add a photo that the model has to embed. The model runs when a batch is full."""
        self._decoded.append((file, details, pixels))
        if len(self._decoded) == EMBED_BATCH:
            await self._embed(AHEAD)
        await self._store_if_full(root)

    async def add(self, root: Root, file: PhotoFile, details: PhotoDetails) -> None:
        """Add a photo whose content has an embedding already, or is being embedded."""
        self._batch.photos.append((file, details))
        await self._store_if_full(root)

    async def fail(self, root: Root, file: PhotoFile, reason: str, *, again: bool) -> None:
        """Add a photo that could not be read. With `again`, the next run tries to read it again."""
        self._batch.failures.append((file, reason, again))
        await self._store_if_full(root)

    async def finish(self, root: Root) -> None:
        """Embed and store all photos that were added."""
        await self._embed(0)
        await self._store(root)
        await self._wait_until_written()

    async def abandon(self, root: Root, error: BaseException) -> None:
        """Stop early. After a cancellation, store what the model embeds within `SETTLE_SECONDS`.

        Photos that are only decoded are left to the next run. After any other error nothing more is written, because
        Milvus Lite loses data that it has accepted if writing continues on a full disk.
        """
        self._decoded.clear()
        keep = isinstance(error, asyncio.CancelledError)
        await finish(asyncio.ensure_future(self._drain_model(root, keep=keep)))

    async def _drain_model(self, root: Root, *, keep: bool) -> None:
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
                    self._add_vectors(embedding.photos, result)
            await self._store(root)
        await self._wait_until_written()

    async def _embed(self, ahead: int) -> None:
        """Give the decoded photos to the model, and collect embeddings until at most `ahead` batches are queued."""
        if self._decoded:
            photos = [(file, details) for file, details, _ in self._decoded]
            pictures = [pixels for _, _, pixels in self._decoded]
            self._decoded.clear()
            working = asyncio.ensure_future(run(self._context.workers.model, self._vectors, pictures))
            self._embedding.append(EmbeddingBatch(photos, working))
        while self._embedding and (len(self._embedding) > ahead or self._embedding[0].vectors.done()):
            await asyncio.wait([self._embedding[0].vectors])  # a cancellation ends this wait, but not the work
            embedding = self._embedding.popleft()
            self._add_vectors(embedding.photos, embedding.vectors.result())

    def _vectors(self, pictures: list[Pixels]) -> Vectors:
        with self._context.turns.turn():
            return self._context.embedder.embed(np.stack(pictures), background=True)

    def _add_vectors(self, photos: list[tuple[PhotoFile, PhotoDetails]], vectors: Vectors) -> None:
        self._batch.photos += photos
        self._batch.vectors.update(
            (details.content, vector) for (_, details), vector in zip(photos, vectors, strict=True)
        )
        self.embedded += sum(not details.is_provisional for _, details in photos)

    async def _store_if_full(self, root: Root) -> None:
        if len(self._batch) >= STORE_BATCH:
            await self._store(root)

    async def _store(self, root: Root) -> None:
        """Start writing the batch once the previous one is written. Decoding continues meanwhile."""
        await self._wait_until_written()
        batch, self._batch = self._batch, Batch()
        self._writing = asyncio.ensure_future(run(self._context.workers.store, self._write, root, batch))

    async def _wait_until_written(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            await finish(writing)

    def _write(self, root: Root, batch: Batch) -> None:
        context = self._context
        context.library.check_space()
        context.catalog.save_failures(root, batch.failures)
        context.synced_index().push(context.catalog.save(root, batch.photos, batch.vectors, context.embedder.key))
