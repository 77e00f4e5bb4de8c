"""Copying from the catalog to the search index, so that a stop at any moment loses nothing and doubles nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.vectors.index import Row

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.catalog.ledger import Ledger
    from core.vectors.index import VectorIndex

BATCH = 256
"""Rows a call: 100 to 500 are fastest on Milvus Lite."""


class Synchroniser:
    """Brings one index up to the catalog. The only one to write to the index; used from the store thread."""

    def __init__(self, ledger: Ledger, index: VectorIndex) -> None:
        """Take note of both; nothing is read or written."""
        self._ledger = ledger
        self._index = index
        self._generation = index.generation

    def reconcile(self) -> None:
        """Make the index hold what the catalog has, whatever happened since it was last open."""
        self._generation = self._index.generation
        self._ledger.doubt()
        self.settle()
        there, held = self._index.count(), self._ledger.held()
        if self._index.is_shared and there < held:
            # What others have there is theirs; of ours, some was lost.
            self._ledger.deleted(self._missing())
            self.settle()
        elif not self._index.is_shared and there != held:
            # Rows are missing, or there twice: the index was damaged, deleted or restored from elsewhere.
            self._index.clear()
            self._ledger.forget()
            self.settle()

    def _missing(self) -> list[int]:
        ids = self._ledger.held_ids()
        chunks = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
        return [key for chunk in chunks for key in set(chunk) - self._index.existing(chunk)]

    def mend(self) -> None:
        """Reconcile if the index may have lost rows since it was last looked at."""
        if self._generation != self._index.generation:
            self._generation = self._index.generation
            self.reconcile()

    def push(self, ids: Sequence[int]) -> None:
        """Copy photos to the index. They are searchable at once, and durable after `settle`."""
        for start in range(0, len(ids), BATCH):
            photos = self._ledger.embedded(ids[start : start + BATCH])
            self._index.upsert([Row(photo.id, photo.root, photo.path, photo.vector) for photo in photos])
            self._ledger.written(photos)

    def settle(self) -> None:
        """Make the index equal to the catalog, flush it, and note that all it holds is on disk."""
        self.mend()
        stale = self._ledger.stale()
        for start in range(0, len(stale), BATCH):
            self._index.delete(stale[start : start + BATCH])
            self._ledger.deleted(stale[start : start + BATCH])
        self.push(self._ledger.pending())
        if self._ledger.unflushed() or stale:
            self._index.flush()
            self._ledger.flushed()
