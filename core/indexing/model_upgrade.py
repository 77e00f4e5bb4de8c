"""Embeds the photos of a library with the model that replaces the one in use."""

from __future__ import annotations

import os
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from core.indexing.photo_reading import PhotoReader, ReadFailure
from core.indexing.pipeline import Pipeline
from core.indexing.run import LOOKAHEAD
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

MOST_UNREAD = 0.01
"""The share of photos that may be unreadable for a reason that may be temporary. The next indexing run reports them."""


class ModelUpgrade:
    """Embeds all photos that only the old model has embedded. Call `run` only once.

    What the catalog records of a photo stays as it is. A file that has changed is left to the next indexing run.
    """

    def __init__(self, context: RunContext, outdated: OutdatedEmbeddings, meter: Meter) -> None:
        """`context` has the new model and its search index."""
        self._context, self._outdated, self._meter = context, outdated, meter
        self._pipeline, self._reader = Pipeline(context), PhotoReader(context)
        self._embedded: set[bytes] = set()
        self._failed: set[bytes] = set()
        self._may_be_read_later: set[bytes] = set()

    async def run(self, roots: Sequence[Root]) -> bool:
        """Embed the photos in these roots. Return whether the new model can replace the old one.

        It can if it has embedded every photo but those that cannot be read or have changed. If more than a few cannot
        be read for a reason that may be temporary, it has to wait. If the task is cancelled, the photos done so far are
        kept, and the next run continues.
        """
        store = self._context.workers.store
        total = await run(store, self._outdated.count)
        self._meter.begin(Stage.UPGRADING, total)
        for root in roots:
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
        if len(self._may_be_read_later - self._embedded) > max(1, total * MOST_UNREAD):
            return False
        if await run(store, self._outdated.exist_except, self._failed - self._embedded):
            return False
        return not await run(store, self._outdated.exist_outside, roots)

    async def _embed(self, root: Root) -> None:
        store, last = self._context.workers.store, None
        mounts = await run(store, self._context.catalog.mounts, root)
        self._reader.set_mounts(root, mounts)
        offline = await run(self._context.workers.decode, self._reader.offline_mounts, root)
        while photos := await run(store, self._outdated.photos, root, last, PIECE):
            last = photos[-1]
            files = {photo.file: photo.content for photo in photos if offline.isdisjoint(photo.file.path.parents)}
            jobs = (partial(self._reader.read_photo, root, file) for file in files)
            async with aclosing(in_order(self._context.workers.decode, jobs, LOOKAHEAD)) as results:
                async for file, outcome in results:
                    await self._add(root, file, files[file], outcome)

    async def _add(self, root: Root, file: PhotoFile, content: bytes, outcome: Outcome) -> None:
        if outcome is None:
            self._reader.mark_offline(root)
        elif isinstance(outcome, ReadFailure):
            self._failed.add(content)
            if outcome.again and await run(self._context.workers.decode, os.path.lexists, file.path):
                self._may_be_read_later.add(content)
        elif outcome.details.content != content:
            self._failed.add(content)
        elif content not in self._embedded:
            self._embedded.add(content)
            self._meter.advance()
            if outcome.pixels is not None:
                await self._pipeline.embed(root, file, outcome.details, outcome.pixels)
