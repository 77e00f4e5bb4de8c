"""Copies photos from the catalog to a search index. Interrupting it at any time neither loses nor duplicates photos."""

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
"""Number of rows in each call. On Milvus Lite, 100 to 500 are fastest."""

FLUSH_BATCHES = 400
"""Batches between two flushes of a long copy. If it is interrupted, it continues from the last one."""


@dataclass(frozen=True, slots=True)
class CopyProgress:
    """How many photos have been copied to the index, and how many it lacked at the start."""

    done: int
    total: int


class Synchroniser:
    """Keeps one search index in sync with the catalog. Nothing else writes to the index.

    It is used from the store thread. Methods that may take long return an iterator, and each item is one step. The
    thread can do other work between the steps.
    """

    def __init__(
        self, sync_state: SyncState, index: VectorIndex, check_space: Callable[[], None] = lambda: None
    ) -> None:
        """`check_space` must raise an error if there is no disk space for another batch."""
        self._check_space = check_space
        self._sync_state = sync_state
        self._index = index
        self._generation = index.generation
        self._is_reconciled = False

    def reconcile(self) -> Iterator[CopyProgress]:
        """Make the index match the catalog, whatever has happened to the index since it was last open."""
        self._is_reconciled = False
        self._generation = self._index.generation
        self._sync_state.discard_unflushed(since_close=self._index.unclean_shutdown)
        yield from self.sync()
        if self._discard_missing():
            yield from self.sync()
        self._sync_state.complete()
        self._is_reconciled = True

    def sync(self) -> Iterator[CopyProgress]:
        """Delete stale rows from the index, copy pending photos to it, flush it, and record that it was flushed."""
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
            if (start // BATCH + 1) % FLUSH_BATCHES == 0 and not self._flush():
                break
            yield CopyProgress(min(start + BATCH, len(pending)), len(pending))
        if (self._sync_state.unflushed() or stale) and not self._flush():
            yield from self.reconcile()

    def _flush(self) -> bool:
        """Flush the index and record it, unless the index has lost rows meanwhile. Return whether it has not."""
        self._index.flush()
        if self._may_have_lost_rows():
            return False
        self._sync_state.flushed()
        return True

    def close(self) -> None:
        """Close the index and save the fingerprint of its files.

        The fingerprint shows at the next start that the index was closed properly and was not changed since.
        """
        is_intact = self._is_reconciled and not self._may_have_lost_rows()
        fingerprint = self._index.close()
        if is_intact and fingerprint:
            self._sync_state.close(fingerprint)

    def push(self, ids: Sequence[int]) -> None:
        """Copy photos to the index. They are searchable at once, and on disk after `sync`."""
        for start in range(0, len(ids), BATCH):
            self._check_space()
            photos = self._sync_state.embedded(ids[start : start + BATCH])
            self._index.upsert([_row(photo) for photo in photos])
            self._sync_state.written(photos)

    def _may_have_lost_rows(self) -> bool:
        return self._generation != self._index.generation

    def _discard_missing(self) -> bool:
        """Compare the number of rows in the index with the catalog's record. Return whether the index lacks rows.

        If so, discard the records of these rows, so that the next `sync` copies them again.
        """
        expected = self._sync_state.indexed_count()
        if self._index.is_shared:
            # Other computers have rows in the index too. Those are left alone, but some of ours may have been lost.
            is_complete = expected == 0 or self._index.count(self._sync_state.roots()) >= expected
            if not is_complete:
                self._sync_state.deleted(self._missing())
        else:
            # Missing or duplicate rows: the index was damaged, deleted or restored from a backup. Rebuild it.
            is_complete = self._index.count() == expected
            if not is_complete:
                self._index.clear()
                self._sync_state.forget()
        return not is_complete

    def _missing(self) -> list[int]:
        ids = self._sync_state.indexed_ids()
        chunks = (ids[start : start + BATCH] for start in range(0, len(ids), BATCH))
        return [key for chunk in chunks for key in set(chunk) - self._index.existing(chunk)]


def _row(photo: EmbeddedPhoto) -> Row:
    return Row(photo.id, photo.root, photo.path, f"{platform.node()}: {photo.folder}", photo.vector)
