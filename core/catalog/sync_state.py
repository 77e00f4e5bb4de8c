"""What a search index holds, as far as the catalog knows: the difference is what has to be copied or deleted."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Sequence

    from core.catalog.database import Database
    from core.types import Target, Vector

CHUNK = 500
THIS = "(SELECT id FROM target WHERE place = ? AND model = ? AND spec = ?)"
OF_TARGET = f"indexed WHERE target = {THIS}"


@dataclass(frozen=True, slots=True)
class EmbeddedPhoto:
    """A photo with its embedding, as an index wants it. `path` is relative to the root, which is the `folder` here."""

    id: int
    root: str
    folder: str
    path: str
    content: bytes
    vector: Vector


class SyncState:
    """The rows of one search index. A row counts as held once it is durable."""

    def __init__(self, database: Database, target: Target) -> None:
        """Work on an open catalog file. Neither the target nor its model need be known to it yet."""
        self._database = database
        self._model = target.model
        self._target = (target.location, target.model, target.spec)

    def is_known(self) -> bool:
        """Tell whether the index was ever written to."""
        return self._database.count("target WHERE place = ? AND model = ? AND spec = ?", *self._target) > 0

    def complete(self) -> None:
        """Note that the index has everything that the catalog has for it."""
        with self._database.transaction() as db:
            self._name(db)
            db.execute(f"UPDATE target SET whole = 1 WHERE id = {THIS}", self._target)

    def take_fingerprint(self) -> str:
        """Return what the index's files were when it was last closed, and forget it: it is being opened.

        Empty where it was not closed, but cut off, or never there.
        """
        seal = self.fingerprint()
        self._record_fingerprint("")
        return seal

    def fingerprint(self) -> str:
        """Return what the index's files were when it was last closed; empty where it was not."""
        with self._database.transaction() as db:
            row = db.execute(f"SELECT seal FROM target WHERE id = {THIS}", self._target).fetchone()
        return str(row[0]) if row else ""

    def close(self, seal: str) -> None:
        """Note that the index was closed with all it was given in its files, and what these are."""
        self._all("UPDATE indexed SET durable = 2 WHERE durable = 1")
        self._record_fingerprint(seal)

    def roots(self) -> list[str]:
        """Return the uuids of the folders that the catalog has."""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute("SELECT uuid FROM root")]

    def pending(self) -> list[int]:
        """Return the ids of the photos that are embedded but not in the index, or there with older content."""
        query = f"""
            SELECT photo.id FROM photo
            JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            LEFT JOIN indexed ON indexed.photo = photo.id AND indexed.target = {THIS}
            WHERE indexed.content IS NOT photo.content"""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(query, (self._model, *self._target))]

    def stale(self) -> list[int]:
        """Return the ids in the index whose photo is gone or can no longer be read."""
        query = f"""
            SELECT indexed.photo FROM indexed
            LEFT JOIN photo ON photo.id = indexed.photo AND photo.content NOT NULL
            WHERE indexed.target = {THIS} AND photo.id IS NULL"""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(query, self._target)]

    def embedded(self, ids: Sequence[int]) -> list[EmbeddedPhoto]:
        """Return the photos of these ids with their embeddings; those without one are left out."""
        # CROSS, for SQLite keeps that order: of many ids it takes it to be quicker to read all embeddings there are.
        query = """
            SELECT photo.id, uuid, root.path, photo.path, photo.content, vector FROM photo
            CROSS JOIN root ON root.id = photo.root
            CROSS JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            WHERE photo.id IN ({})"""
        rows: list[EmbeddedPhoto] = []
        with self._database.transaction() as db:
            for start in range(0, len(ids), CHUNK):
                chunk = ids[start : start + CHUNK]
                found = db.execute(query.format(",".join("?" * len(chunk))), (self._model, *chunk))
                rows += [
                    EmbeddedPhoto(
                        key, root, os.fsdecode(folder), os.fsdecode(path), content, np.frombuffer(vector, "<f4")
                    )
                    for key, root, folder, path, content, vector in found
                ]
        return rows

    def written(self, rows: Sequence[EmbeddedPhoto]) -> None:
        """Note rows that the index has taken but not flushed."""
        with self._database.transaction() as db:
            target = self._name(db)
            db.executemany("REPLACE INTO indexed VALUES (?, ?, ?, 0)", [(target, row.id, row.content) for row in rows])

    def deleted(self, ids: Sequence[int]) -> None:
        """Note rows that the index has forgotten."""
        with self._database.transaction() as db:
            db.executemany(
                f"DELETE FROM indexed WHERE photo = ? AND target = {THIS}", [(key, *self._target) for key in ids]
            )

    def flushed(self) -> None:
        """Note that the index has flushed everything it was given."""
        self._all("UPDATE indexed SET durable = 1 WHERE durable = 0")

    def doubt(self, *, unsealed: bool = False) -> None:
        """Forget what was not flushed, or not sealed either: the index may or may not have it.

        Rows whose photo is gone stay: they are to be deleted, and deleting what is not there does no harm.
        """
        readable = "SELECT id FROM photo WHERE content NOT NULL"
        self._all(f"DELETE FROM indexed WHERE durable < {2 if unsealed else 1} AND photo IN ({readable})")

    def forget(self) -> None:
        """Forget everything about the index: it is empty."""
        self._all("DELETE FROM indexed WHERE true")
        with self._database.transaction() as db:
            db.execute(f"UPDATE target SET whole = 0 WHERE id = {THIS}", self._target)

    def indexed_ids(self) -> list[int]:
        """Return the ids of the rows that the index must have."""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(f"SELECT photo FROM {OF_TARGET}", self._target)]

    def indexed_count(self) -> int:
        """Return how many rows the index must have."""
        return self._database.count(OF_TARGET, *self._target)

    def unflushed(self) -> int:
        """Return how many rows the index was given since it was last flushed."""
        return self._database.count(f"{OF_TARGET} AND durable = 0", *self._target)

    def _record_fingerprint(self, seal: str) -> None:
        with self._database.transaction() as db:
            db.execute(f"UPDATE target SET seal = ? WHERE id = {THIS}", (seal, *self._target))

    def _all(self, statement: str) -> None:
        with self._database.transaction() as db:
            db.execute(f"{statement} AND target = {THIS}", self._target)

    def _name(self, db: sqlite3.Connection) -> int:
        """Make the target known and return its number."""
        db.execute("INSERT OR IGNORE INTO target (place, model, spec) VALUES (?, ?, ?)", self._target)
        (target,) = db.execute(f"SELECT {THIS}", self._target).fetchone()
        return int(target)
