"""Copying from the catalog to the search index, so that a stop at any moment loses nothing and doubles nothing."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.vectors.index import Row

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from core.catalog.sync_state import EmbeddedPhoto, SyncState
    from core.vectors.index import VectorIndex

BATCH = 256
"""Rows a call: 100 to 500 are fastest on Milvus Lite."""


@dataclass(frozen=True, slots=True)
class Copied:
    """How many of the photos that an index lacked it has by now."""

    done: int
    total: int


class Synchroniser:
    """Brings one index up to the catalog. The only one to write to the index; used from the store thread.

    What may take long is done in steps, between which others can use the thread: each item of the iterator is one.
    """

    def __init__(
        self, sync_state: SyncState, index: VectorIndex, check_space: Callable[[], None] = lambda: None
    ) -> None:
        """Take note; nothing is read or written. `check_space` raises where there is no room for another batch."""
        self._check_space = check_space
        self._sync_state = sync_state
        self._index = index
        self._generation = index.generation
        self._is_reconciled = False

    def reconcile(self) -> Iterator[Copied]:
        """Make the index hold what the catalog has, whatever happened since it was last open."""
        self._is_reconciled = False
        self._generation = self._index.generation
        self._sync_state.doubt(unsealed=self._index.was_cut_off)
        yield from self.settle()
        if self._doubt_what_is_missing():
            yield from self.settle()
        self._sync_state.complete()
        self._is_reconciled = True

    def settle(self) -> Iterator[Copied]:
        """Make the index equal to the catalog, flush it, and note that all it holds is on disk."""
        if self._may_have_lost_rows():
            yield from self.reconcile()
            return
        stale = self._sync_state.stale()
        for start in range(0, len(stale), BATCH):
            self._index.delete(stale[start : start + BATCH])
            self._sync_state.deleted(stale[start : start + BATCH])
        pending = self._sync_state.pending()
        for start in range(0, len(pending), BATCH):
            self.push(pending[start : start + BATCH])
            yield Copied(min(start + BATCH, len(pending)), len(pending))
        if not self._sync_state.unflushed() and not stale:
            return
        self._index.flush()
        if self._may_have_lost_rows():
            yield from self.reconcile()
        else:
            self._sync_state.flushed()

    def close(self) -> None:
        """Close the index, and seal what it has: next time it is only gone over if it was changed or cut off."""
        is_sound = self._is_reconciled and not self._may_have_lost_rows()
        seal = self._index.close()
        if is_sound and seal:
            self._sync_state.close(seal)

    def push(self, ids: Sequence[int]) -> None:
        """Copy photos to the index. They are searchable at once, and durable after `settle`."""
        for start in range(0, len(ids), BATCH):
            self._check_space()
            photos = self._sync_state.embedded(ids[start : start + BATCH])
            self._index.upsert([_row(photo) for photo in photos])
            self._sync_state.written(photos)

    def _may_have_lost_rows(self) -> bool:
        return self._generation != self._index.generation

    def _doubt_what_is_missing(self) -> bool:
        """Compare the counts. Where they differ, forget what the index lacks, and tell that there is such."""
        held = self._sync_state.indexed_count()
        if self._index.is_shared:
            # What others have there is theirs; of ours, some may have been lost.
            is_whole = held == 0 or self._index.count(self._sync_state.roots()) >= held
            if not is_whole:
                self._sync_state.deleted(self._missing())
        else:
            # Rows that are missing or there twice: the index was damaged, deleted or restored from elsewhere.
            is_whole = self._index.count() == held
            if not is_whole:
                self._index.clear()
                self._sync_state.forget()
        return not is_whole

    def _missing(self) -> list[int]:
        ids = self._sync_state.indexed_ids()
        chunks = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
        return [key for chunk in chunks for key in set(chunk) - self._index.existing(chunk)]


def _row(photo: EmbeddedPhoto) -> Row:
    return Row(photo.id, photo.root, photo.path, f"{platform.node()}: {photo.folder}", photo.vector)
