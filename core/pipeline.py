"""Photos on their way from the decoders through the model into the catalog and the index."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np

from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.embedding.embedder import Embedder
    from core.image.reader import ReadPhoto
    from core.library import Library
    from core.replica import Replica
    from core.types import Details, PhotoFile, Pixels, Root, Vector
    from core.workers import Workers

EMBED_BATCH = 16
STORE_BATCH = 128


@dataclass(frozen=True, slots=True)
class Tools:
    """What an indexing run works with. `catalog` is for the store thread; `reader` answers on any thread.

    `read` returns a photo, unless its content is known, and `preview` the small picture that a file may carry; both are
    called on the threads that decode. `replica` returns the index that answers now: another one may take its place
    during a run. `model` is the name for people.
    """

    workers: Workers
    read: Callable[[Path, Callable[[bytes], Details | None]], ReadPhoto]
    preview: Callable[[Path], ReadPhoto | None]
    catalog: Catalog
    reader: Catalog
    embedder: Embedder
    replica: Callable[[], Replica]
    model: str
    library: Library


@dataclass(slots=True)
class Batch:
    """Photos of one root on their way to the catalog: all in it are complete."""

    photos: list[tuple[PhotoFile, Details]] = field(default_factory=list)
    vectors: dict[bytes, Vector] = field(default_factory=dict)
    failures: list[tuple[PhotoFile, str, bool]] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.photos) + len(self.failures)


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
        self._writing: asyncio.Future[None] | None = None

    async def embed(self, root: Root, file: PhotoFile, details: Details, pixels: Pixels) -> None:
        """Take a photo that the model has to see, which it does in batches."""
        self._decoded.append((file, details, pixels))
        if len(self._decoded) == EMBED_BATCH:
            await self._embed()
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
        await self._embed()
        await self._store(root)
        await self._written()

    async def give_up(self, root: Root, error: BaseException) -> None:
        """Keep what is embedded, and leave what is only decoded to the next run.

        Nothing more is written after an error: Milvus Lite loses what it has taken when one goes on over a full disk.
        """
        self._decoded.clear()
        if isinstance(error, asyncio.CancelledError):
            await self._store(root)
        await self._written()

    async def _embed(self) -> None:
        """Run the model on what was decoded."""
        if not self._decoded:
            return
        pictures = np.stack([pixels for _, _, pixels in self._decoded])
        vectors = await run(self._tools.workers.model, self._tools.embedder.embed, pictures)
        for (file, details, _), vector in zip(self._decoded, vectors, strict=True):
            self._batch.photos.append((file, details))
            self._batch.vectors[details.content] = vector
        self.embedded += sum(not details.is_provisional for _, details, _ in self._decoded)
        self._decoded.clear()

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
