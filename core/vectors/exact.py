"""An exact index in memory: the reference for the other indexes, and the index of a read-only library."""

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
        self._replace({})

    @property
    def generation(self) -> int:
        """Return 0, because no rows are lost while the program runs."""
        return 0

    @property
    def is_shared(self) -> bool:
        """Return False, because the index belongs to a single library."""
        return False

    @property
    def is_exhaustive(self) -> bool:
        """Return True, because every search compares with every row."""
        return True

    @property
    def unclean_shutdown(self) -> bool:
        """Return False, because flushed rows are kept."""
        return False

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return the ids that the index has, out of the given ones."""
        return self._rows.keys() & set(ids)

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return the locations of the photos with these ids. Ids that the index does not have are left out."""
        found = (self._rows[key] for key in self.existing(ids))
        return {row.id: PhotoLocation(row.root, readable(row.path), readable(row.origin)) for row in found}

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows. They replace rows with the same ids."""
        self._replace(self._rows | {row.id: row for row in rows})

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows by id. Ids that the index does not have are ignored."""
        gone = set(ids)
        self._replace({key: row for key, row in self._rows.items() if key not in gone})

    def flush(self) -> None:
        """Do nothing, because nothing is stored on disk."""

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids."""
        rows, embeddings = self._table
        if where is not None:
            selected = [number for number, row in enumerate(rows) if row.root in where.roots]
            rows, embeddings = [rows[number] for number in selected], embeddings[selected]
        if not rows:
            return [[] for _ in vectors]
        scores = vectors @ embeddings.T
        best = np.argsort(-scores, axis=1, kind="stable")[:, :top_k]
        return [
            [Match(rows[column].id, float(scores[line, column])) for column in columns]
            for line, columns in enumerate(best)
        ]

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return the number of rows, either in total or of these roots."""
        return sum(roots is None or row.root in roots for row in self._rows.values())

    def clear(self) -> None:
        """Delete all rows."""
        self._replace({})

    def close(self) -> str:
        """Return an empty string, because there are no files to fingerprint."""
        return ""

    def _replace(self, rows: dict[int, Row]) -> None:
        self._rows = rows
        # In one attribute, because a search in another thread may run at the same time.
        vectors = np.stack([row.vector for row in rows.values()]) if rows else np.empty((0, 0), np.float32)
        self._table: tuple[list[Row], Vectors] = (list(rows.values()), vectors)
