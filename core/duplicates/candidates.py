"""Finds the pairs of pictures in a library that may be duplicates, by comparing all embeddings with one another."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.search.background import SAMPLE, decline

if TYPE_CHECKING:
    from core.catalog.pairs import HalfVectors

Positions: TypeAlias = NDArray[np.intp]
Scores: TypeAlias = NDArray[np.float32]

PIECE = 4096
"""Embeddings that are compared with as many others at a time. Their scores take 64 MB for each thread."""

UNRELATED = 1.0
"""How many unrelated pictures may be as similar to a picture as a candidate, on average."""

LEAST, ENOUGH = 0.5, 0.8
"""The bounds of the score of a candidate.

Below the lower one, hardly any pair shows the same scene. Above the upper one, most pairs do. Of edited versions and
their originals, 90 % score at least 0.5, 67 % 0.7, and 55 % 0.8.
"""

MOST = 32
"""How many of the pairs of one picture are kept. The pictures of a time lapse are all alike."""


def least_score(vectors: HalfVectors) -> float:
    """Return the score from which two pictures of a library with these embeddings may be duplicates."""
    if len(vectors) < 2:
        return ENOUGH
    some = np.random.default_rng(0).permutation(len(vectors))[:SAMPLE]
    sample = vectors[some].astype(np.float32)
    scores = (sample @ sample.T)[np.triu_indices(len(sample), 1)]
    median, per_e = decline(scores)
    expected = median + per_e * np.log(max(1.0, 0.5 * len(vectors) / UNRELATED))
    return float(np.clip(expected, LEAST, ENOUGH))


def alike(vectors: HalfVectors, rows: slice, columns: slice, least: float) -> tuple[Positions, Positions, Scores]:
    """Return the pairs of a row and a later column with at least this score, as two arrays of positions and the scores.

    Of each row, at most `MOST` are returned, the best ones.
    """
    scores = vectors[rows].astype(np.float32) @ vectors[columns].astype(np.float32).T
    first, second = np.ogrid[rows, columns]
    scores[second <= first] = -1
    is_alike = scores >= least
    if np.count_nonzero(is_alike) > MOST * len(scores):  # positions of all of them would take eight times the memory
        best = np.argpartition(scores, -MOST, axis=1)[:, -MOST:]
        is_found = np.take_along_axis(is_alike, best, axis=1)
        found_rows, found_columns = np.nonzero(is_found)[0], best[is_found]
    else:
        found_rows, found_columns = np.nonzero(is_alike)
    return rows.start + found_rows, columns.start + found_columns, scores[found_rows, found_columns]


def best_of_each_row(rows: Positions, columns: Positions, scores: Scores) -> tuple[Positions, Positions, Scores]:
    """Return the best `MOST` pairs of each row."""
    order = np.lexsort((-scores, rows))
    rows, columns, scores = rows[order], columns[order], scores[order]
    starts = np.searchsorted(rows, rows)
    kept = np.arange(len(rows)) - starts < MOST
    return rows[kept], columns[kept], scores[kept]
