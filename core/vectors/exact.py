"""An index in memory that compares with every row: what the others are held against."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.vectors.index import Match, PhotoLocation, Row, readable

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Vectors
    from core.vectors.index import Where


class ExactIndex:
    """A `VectorIndex` of numpy arrays. Nothing is kept on disk."""

    def __init__(self) -> None:
        """Start empty."""
        self._rows: dict[int, Row] = {}

    @property
    def generation(self) -> int:
        """Return 0: nothing is ever lost but with the program."""
        return 0

    @property
    def is_shared(self) -> bool:
        """Tell that nobody else has rows here."""
        return False

    @property
    def is_exhaustive(self) -> bool:
        """Return True, because every search compares with every row."""
        return True

    @property
    def was_cut_off(self) -> bool:
        """Tell that what was flushed stays."""
        return False

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return those of the ids that are there."""
        return self._rows.keys() & set(ids)

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return where the photos of these ids are, of those that are there."""
        found = (self._rows[key] for key in self.existing(ids))
        return {row.id: PhotoLocation(row.root, readable(row.path), readable(row.origin)) for row in found}

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows, replacing those of the same id."""
        # A new dictionary, so that a search in another thread goes on with the old one.
        self._rows = self._rows | {row.id: row for row in rows}

    def delete(self, ids: Sequence[int]) -> None:
        """Forget rows; ids that are not there do not matter."""
        gone = set(ids)
        self._rows = {key: row for key, row in self._rows.items() if key not in gone}

    def flush(self) -> None:
        """Do nothing: there is no disk."""

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids."""
        rows = [row for row in self._rows.values() if where is None or row.root in where.roots]
        if not rows:
            return [[] for _ in vectors]
        scores = vectors @ np.stack([row.vector for row in rows]).T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
        return [
            [Match(rows[column].id, float(scores[line, column])) for column in columns]
            for line, columns in enumerate(best)
        ]

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return how many rows there are, or how many of these roots."""
        return sum(roots is None or row.root in roots for row in self._rows.values())

    def clear(self) -> None:
        """Forget every row."""
        self._rows = {}

    def close(self) -> str:
        """Do nothing: there is nothing to let go."""
        return ""
