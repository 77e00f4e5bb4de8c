"""A search index to which everything happens that must be reckoned with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.errors import VectorIndexError
from core.vectors.exact import ExactIndex

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.vectors.index import Row


class UnreliableIndex(ExactIndex):
    """An index that keeps only what was flushed when it is cut off, may have rows twice, and breaks when told to."""

    def __init__(self) -> None:
        super().__init__()
        self.flushes = self.clears = self.doubles = 0
        self.writes: list[list[int]] = []
        self.breaks = False
        self._safe = dict(self._rows)

    def upsert(self, rows: Sequence[Row]) -> None:
        if self.breaks:
            raise VectorIndexError("The search index broke.")
        self.writes.append([row.id for row in rows])
        super().upsert(rows)

    def flush(self) -> None:
        if self.breaks:
            raise VectorIndexError("The search index broke.")
        self.flushes += 1
        self._safe = dict(self._rows)

    def clear(self) -> None:
        self.clears += 1
        self.doubles = 0
        super().clear()
        self._safe = {}

    def count(self, roots: Sequence[str] | None = None) -> int:
        return super().count(roots) + self.doubles

    def cut_off(self) -> None:
        """Lose what was not flushed."""
        self._rows = dict(self._safe)

    def ids(self) -> list[int]:
        return sorted(self._rows)

    def vector_of(self, key: int) -> list[float]:
        return [float(value) for value in self._rows[key].vector]
