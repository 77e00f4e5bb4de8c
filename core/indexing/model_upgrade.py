"""Embeds the photos of a library with the model that replaces the one in use."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from core.images.reader import ReadPhoto
from core.indexing.photo_reading import PhotoReader
from core.indexing.pipeline import Pipeline
from core.reports import Stage
from core.workers import in_order, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.catalog.outdated_embeddings import OutdatedEmbeddings
    from core.indexing.photo_reading import Outcome
    from core.indexing.pipeline import RunContext
    from core.indexing.progress import Meter
    from core.types import PhotoFile, Root

PIECE = 512
"""Photos that are taken from the catalog at a time."""

LOOKAHEAD = 48
"""Photos that may be queued for the decoders or decoded ahead of the model."""


class ModelUpgrade:
    """Embeds all photos that only the old model has embedded. Call `run` only once.

    What the catalog records of a photo stays as it is. A file that has changed is left to the next indexing run.
    """

    def __init__(self, context: RunContext, outdated: OutdatedEmbeddings, meter: Meter) -> None:
        """`context` has the new model and its search index."""
        self._context, self._outdated, self._meter = context, outdated, meter
        self._pipeline, self._reader = Pipeline(context), PhotoReader(context)
        self._failed: set[bytes] = set()

    async def run(self, roots: Sequence[Root]) -> bool:
        """Embed the photos in these roots. Return whether none is left anywhere that could be read.

        If the task is cancelled, the photos done so far are kept, and the next run continues.
        """
        store = self._context.workers.store
        self._meter.begin(Stage.UPGRADING, await run(store, self._outdated.count))
        for root in roots:
            self._reader.set_mounts(root, await run(store, self._context.catalog.mounts, root))
            try:
                await self._embed(root)
                await self._pipeline.finish(root)
            except BaseException as error:
                self._context.turns.close()  # releases the threads that wait for a turn
                self._reader.close()
                await self._pipeline.abandon(root, error)
                raise
        self._meter.begin(Stage.STORING, 0)
        await self._context.synced_index().flush(self._meter.copied)  # with the copies of the photos that were read
        return await run(store, self._outdated.count) <= len(self._failed)

    async def _embed(self, root: Root) -> None:
        after = b""
        while photos := await run(self._context.workers.store, self._outdated.photos, root, after, PIECE):
            *_, after = photos.values()
            jobs = (partial(self._reader.read_photo, root, file) for file in photos)
            async with aclosing(in_order(self._context.workers.decode, jobs, LOOKAHEAD)) as results:
                async for file, outcome in results:
                    await self._add(root, file, photos[file], outcome)
                    self._meter.advance()

    async def _add(self, root: Root, file: PhotoFile, content: bytes, outcome: Outcome) -> None:
        if outcome is None:
            self._reader.mark_offline(root)
        elif not isinstance(outcome, ReadPhoto) or outcome.details.content != content:
            self._failed.add(content)
        elif outcome.pixels is not None:
            self._failed.discard(content)
            await self._pipeline.embed(root, file, outcome.details, outcome.pixels)
