"""The embeddings of one model, for what is to be compared exactly."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

    from core.catalog.database import Database
    from core.types import Root, Vectors

CHUNK = 500
PIECE = 4096


class Embeddings:
    """Every method may raise a `LibraryError`, see `Database.transaction`."""

    def __init__(self, database: Database, model: str) -> None:
        """Work on an open catalog file. `model` is the key of a model."""
        self._database = database
        self._model = model

    def of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Return those of the photos that have an embedding, with an (N, D) array of them."""
        # CROSS, for SQLite keeps that order: of many ids it takes it to be quicker to read all embeddings there are.
        query = """
            SELECT photo.id, vector FROM photo CROSS JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            WHERE photo.id IN ({})"""
        rows: list[tuple[int, bytes]] = []
        with self._database.transaction() as db:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                rows += db.execute(query.format(",".join("?" * len(chunk))), (self._model, *chunk))
        return _arrays(rows)

    def within(self, root: Root, folder: Path) -> Iterator[tuple[list[int], Vectors]]:
        """Yield the photos in a folder of a root, at any depth, in pieces of a few thousand."""
        query = """
            SELECT photo.id, vector, photo.path FROM photo JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            WHERE photo.root = (SELECT id FROM root WHERE uuid = ?) AND photo.path > ? AND photo.path < ?
            ORDER BY photo.path LIMIT ?"""
        last, end = _range(root, folder)
        while True:
            with self._database.transaction() as db:
                rows = db.execute(query, (self._model, root.uuid, last, end, PIECE)).fetchall()
            if not rows:
                return
            last = rows[-1][2]
            yield _arrays([(key, vector) for key, vector, _ in rows])


def closest(vectors: Vectors, photos: tuple[Sequence[int], Vectors], top_k: int) -> dict[int, float]:
    """Return the best photos by the cosine similarity to the closest of some vectors."""
    ids, embeddings = photos
    if not ids:
        return {}
    scores = (embeddings @ vectors.T).max(axis=1)
    best = np.argsort(-scores, kind="stable")[:top_k]
    return {ids[row]: float(scores[row]) for row in best}


def _range(root: Root, folder: Path) -> tuple[bytes, bytes]:
    """Return what the paths in a folder lie between, in the order of bytes."""
    if folder == root.path:
        return b"", b"\xff" * 256  # longer than a name can be
    prefix = os.fsencode(folder.relative_to(root.path).as_posix())
    return prefix + b"/", prefix + b"0"  # the character after the slash


def _arrays(rows: Sequence[tuple[int, bytes]]) -> tuple[list[int], Vectors]:
    if not rows:
        return [], np.empty((0, 0), np.float32)
    return [key for key, _ in rows], np.stack([np.frombuffer(vector, "<f4") for _, vector in rows])
