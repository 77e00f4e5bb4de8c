"""Reads the metadata that earlier versions of the program did not read, at the end of an indexing run."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from core.reports import Stage
from core.types import Metadata
from core.workers import in_order, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.indexing.photo_reading import PhotoReader
    from core.indexing.pipeline import RunContext
    from core.indexing.progress import Meter
    from core.types import Root

PIECE = 512
"""Photos that are read and saved together."""

AHEAD = 48
"""Photos that may be queued or read ahead."""


class MetadataPass:
    """Reads the metadata that the catalog lacks. A photo that cannot be read is left to the next run."""

    def __init__(self, context: RunContext, reader: PhotoReader, meter: Meter) -> None:
        self._context, self._reader, self._meter = context, reader, meter

    async def run(self, roots: Sequence[Root]) -> None:
        """Read the metadata of the photos in these roots. If the task is cancelled, what is saved by then is kept."""
        store, missing = self._context.workers.store, self._context.missing_metadata
        total = sum([await run(store, missing.count, root) for root in roots])
        if not total:
            return
        self._meter.begin(Stage.READING_METADATA, total)
        for root in roots:
            after = b""
            offline = await run(self._context.workers.decode, self._reader.offline_mounts, root)
            while photos := await run(store, missing.photos, root, after, PIECE):
                after = photos[-1].content
                photos = [photo for photo in photos if offline.isdisjoint(photo.file.path.parents)]
                found: list[tuple[bytes, Metadata]] = []
                jobs = (partial(self._reader.read_metadata, root, photo.file) for photo in photos)
                async with aclosing(in_order(self._context.workers.decode, jobs, AHEAD)) as results:
                    for photo in photos:
                        outcome = await anext(results)
                        if outcome is None:
                            self._reader.mark_offline(root)
                        elif isinstance(outcome, Metadata):
                            found.append((photo.content, outcome))
                        elif not outcome.again:
                            found.append((photo.content, Metadata()))
                        self._meter.advance()
                await run(store, missing.save, found)
