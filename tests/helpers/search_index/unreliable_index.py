"""A search index that a test can make fail in the ways that a real one may."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import VectorIndexError
from core.vectors.exact import ExactIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.vectors.index import Row


class UnreliableIndex(ExactIndex):
    """An index that loses unflushed rows in a crash, reports duplicate rows, and raises errors while it is broken."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes = self.clears = self.duplicates = 0
        self.writes: list[list[int]] = []
        self.is_broken = False
        self._flushed = dict(self._rows)

    def upsert(self, rows: Sequence[Row]) -> None:
        if self.is_broken:
            raise VectorIndexError("The search index is broken.")
        self.writes.append([row.id for row in rows])
        super().upsert(rows)

    def flush(self) -> None:
        if self.is_broken:
            raise VectorIndexError("The search index is broken.")
        self.flushes += 1
        self._flushed = dict(self._rows)

    def clear(self) -> None:
        self.clears += 1
        self.duplicates = 0
        super().clear()
        self._flushed = {}

    def count(self, roots: Sequence[str] | None = None) -> int:
        return super().count(roots) + self.duplicates

    def crash(self) -> None:
        """Lose all changes since the last flush."""
        self._rows = dict(self._flushed)

    def ids(self) -> list[int]:
        return sorted(self._rows)

    def vector_of(self, key: int) -> list[float]:
        return [float(value) for value in self._rows[key].vector]
