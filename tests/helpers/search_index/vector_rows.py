"""Vectors and rows for tests of the search index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.vectors.connection import Server
from core.vectors.index import Row
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import LITE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.types import Vector, Vectors
    from core.vectors.index import Match
    from core.vectors.lite_server import LiteServer

DIM = 8
SHARED = "shared"
"""The name of a model whose collection several tests share on the server."""
ORIGIN = "laptop: /photos"


def units(count: int, seed: int = 0, dim: int = DIM) -> Vectors:
    """Return random vectors of unit norm."""
    values = np.random.default_rng(seed).normal(size=(count, dim)).astype(np.float32)
    unit: Vectors = values / np.linalg.norm(values, axis=1, keepdims=True)
    return unit


def axis(number: int) -> Vectors:
    """Return the unit vector along an axis, as a query of one row."""
    vectors: Vectors = np.eye(DIM, dtype=np.float32)[number : number + 1]
    return vectors


def rows(vectors: Vectors, first_id: int = 1) -> list[Row]:
    return [row(key, vector) for key, vector in enumerate(vectors, first_id)]


def row(key: int, vector: Vector, path: str = "", root: str = "root", origin: str = ORIGIN) -> Row:
    return Row(key, root, path or f"{key}.jpg", origin, vector)


def ids(matches: Iterable[Match]) -> list[int]:
    return [match.id for match in matches]


def open_index(server: LiteServer) -> MilvusIndex:
    """Return a new index on a Milvus Lite."""
    return MilvusIndex(Server(server.address(), is_local=True), "model", DIM, LITE)
