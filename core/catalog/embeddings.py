"""Reads embeddings from the catalog, for exact comparison without a search index."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from core.catalog.database import Database
    from core.catalog.selection import Selection
    from core.types import Vector, Vectors

CHUNK = 500
PIECE = 4096

# CROSS JOIN fixes the order in which the tables are read.
PHOTO_FIRST = "photo CROSS JOIN content ON content.key = photo.content"
BY_ID = "photo NOT INDEXED CROSS JOIN content ON content.key = photo.content"
CONTENT_FIRST = "content CROSS JOIN photo INDEXED BY photo_by_content ON photo.content = content.key"
EMBEDDED = """
    CROSS JOIN embedding ON embedding.content = photo.content
        AND embedding.model = (SELECT id FROM model WHERE key = ?)"""

BETWEEN = "AND photo.path > ? AND photo.path < ?"


class Embeddings:
    """The embeddings that the catalog has of one model.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database, model: str) -> None:
        """Select the model by its key."""
        self._database = database
        self._model = model

    def of(self, ids: Sequence[int]) -> tuple[list[int], Vectors]:
        """Return the ids that have an embedding, and an (N, D) array with one row for each of them."""
        # CROSS JOIN fixes the order of the tables. For many ids, SQLite would otherwise decide to read all embeddings.
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

    def all(self) -> list[tuple[int, str, Vector]]:
        """Return the id, the uuid of the root, and the embedding of every photo, all from the same moment."""
        query = """
            SELECT photo.id, root.uuid, vector FROM photo CROSS JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            CROSS JOIN root ON root.id = photo.root"""
        with self._database.transaction() as db:
            rows = db.execute(query, (self._model,)).fetchall()
        return [(key, uuid, np.frombuffer(vector, "<f4")) for key, uuid, vector in rows]

    def version(self) -> tuple[str, int]:
        """Return a value that changes whenever another connection may have changed the embeddings."""
        with self._database.transaction() as db:
            return self._model, int(db.execute("PRAGMA data_version").fetchone()[0])

    def sample(self, most: int) -> tuple[Vectors, int]:
        """Return an (N, D) array of at most so many embeddings, and the number of pictures that have one.

        The sample is random, because content keys are hashes, and changes little as the library grows. If there are
        more pictures than that, their number is estimated, with an error of 1 / sqrt(`most`).
        """
        query = """
            SELECT content, vector FROM embedding
            WHERE model = (SELECT id FROM model WHERE key = ?)
                AND EXISTS (SELECT 1 FROM photo WHERE photo.content = embedding.content)
            ORDER BY content LIMIT ?"""
        with self._database.transaction() as db:
            rows = db.execute(query, (self._model, most)).fetchall()
        if len(rows) < most:
            return _rows([vector for _, vector in rows]), len(rows)
        # Of n keys that are spread evenly, the k-th smallest is expected at k / (n + 1) of their range.
        last = rows[-1][0]
        return _rows([vector for _, vector in rows]), round(most * 256 ** len(last) / (int.from_bytes(last) + 1)) - 1

    def some_ids(self, most: int) -> list[int]:
        """Return the ids of at most so many photos with different contents, as random as `sample`."""
        query = """
            SELECT (SELECT min(id) FROM photo WHERE photo.content = embedding.content) AS id FROM embedding
            WHERE model = (SELECT id FROM model WHERE key = ?) AND id NOT NULL
                AND content IN (SELECT key FROM content WHERE NOT provisional)
            ORDER BY content LIMIT ?"""
        with self._database.transaction() as db:
            return [key for (key,) in db.execute(query, (self._model, min(most, sys.maxsize)))]

    def selected_ids(self, selection: Selection, most: int) -> list[int]:
        """Return the ids of at most so many selected photos that have an embedding."""
        found: list[int] = []
        with self._database.transaction() as db:
            for condition in selection.conditions():
                photos = CONTENT_FIRST if condition.is_about_content else PHOTO_FIRST
                query = f"SELECT photo.id FROM {photos} {EMBEDDED} WHERE {condition.sql} {BETWEEN} LIMIT ?"
                values = (self._model, *condition.values, condition.after, condition.before, most - len(found))
                found += [key for (key,) in db.execute(query, values)]
        return found

    def with_content(self, content: bytes, selection: Selection | None, most: int) -> list[int]:
        """Return the ids of at most so many photos with a content key, among the selected photos or all."""
        # Without the hint, SQLite may read all photos of a part to find the few with this content.
        query = """
            SELECT photo.id FROM photo INDEXED BY photo_by_content CROSS JOIN content ON content.key = photo.content
            WHERE photo.content = ?"""
        most = min(most, sys.maxsize)  # SQLite accepts no larger number
        found: list[int] = []
        with self._database.transaction() as db:
            if selection is None:
                return [key for (key,) in db.execute(f"{query} LIMIT ?", (content, most))]
            for condition in selection.conditions():
                values = (content, *condition.values, condition.after, condition.before, most - len(found))
                found += [key for (key,) in db.execute(f"{query} AND {condition.sql} {BETWEEN} LIMIT ?", values)]
        return found

    def passing(self, ids: Sequence[int], selection: Selection) -> set[int]:
        """Return those of some photos that are selected."""
        # Without the hint, SQLite may read the whole root to find a few photos of it.
        query = f"SELECT photo.id FROM {BY_ID} WHERE photo.id IN ({{}}) AND {{}} {BETWEEN}"
        found: set[int] = set()
        with self._database.transaction() as db:
            for condition in selection.conditions():
                for start in range(0, len(ids), CHUNK):
                    chunk = ids[start : start + CHUNK]
                    values = (*chunk, *condition.values, condition.after, condition.before)
                    sql = query.format(",".join("?" * len(chunk)), condition.sql)
                    found.update(key for (key,) in db.execute(sql, values))
        return found

    def selected(self, selection: Selection) -> Iterator[tuple[list[int], Vectors]]:
        """Yield the ids of the selected photos with an (N, D) array of their embeddings, a few thousand at a time."""
        for condition in selection.conditions():
            query = f"""
                SELECT photo.id, vector, photo.path FROM {PHOTO_FIRST} {EMBEDDED}
                WHERE {condition.sql} {BETWEEN} ORDER BY photo.path LIMIT ?"""
            # The last path replaces the lower bound. SQLite would seek with only one of two lower bounds, and each
            # piece would skip the rows of all pieces before it.
            last = condition.after
            while True:
                with self._database.transaction() as db:
                    values = (self._model, *condition.values, last, condition.before, PIECE)
                    rows = db.execute(query, values).fetchall()
                if not rows:
                    break
                last = rows[-1][2]
                yield _arrays([(key, vector) for key, vector, _ in rows])


def closest(vectors: Vectors, photos: tuple[Sequence[int], Vectors], top_k: int) -> dict[int, float]:
    """Return the ids and scores of the best photos.

    `vectors` is an (N, D) array. The score of a photo is its cosine similarity to the closest of these vectors.
    """
    ids, embeddings = photos
    if not ids:
        return {}
    scores = (embeddings @ vectors.T).max(axis=1)
    best = np.argsort(-scores, kind="stable")[:top_k]
    return {ids[row]: float(scores[row]) for row in best}


def _arrays(rows: Sequence[tuple[int, bytes]]) -> tuple[list[int], Vectors]:
    return [key for key, _ in rows], _rows([vector for _, vector in rows])


def _rows(vectors: Sequence[bytes]) -> Vectors:
    return np.stack([np.frombuffer(vector, "<f4") for vector in vectors]) if vectors else np.empty((0, 0), np.float32)
