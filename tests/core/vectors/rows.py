"""What tests put into a search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.vectors.index import Row

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.types import Vectors
    from core.vectors.index import Match

DIM = 8


def units(count: int, seed: int = 0, dim: int = DIM) -> Vectors:
    """Return random vectors of unit norm."""
    values = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    unit: Vectors = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


def axis(number: int) -> Vectors:
    """Return the vector that points along an axis, as a query of one row."""
    vectors: Vectors = np.eye(DIM, dtype=np.float32)[number : number + 1]
    return vectors


def rows(vectors: Vectors, first_id: int = 1) -> list[Row]:
    return [Row(key, "root", f"{key}.jpg", vector) for key, vector in enumerate(vectors, first_id)]


def ids(matches: Iterable[Match]) -> list[int]:
    return [match.id for match in matches]
