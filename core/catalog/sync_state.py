"""Records which photos a search index contains, to find out which ones to copy to it or delete from it."""

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
TARGET_ID = "(SELECT id FROM target WHERE place = ? AND model = ? AND spec = ?)"
INDEXED_ROWS = f"indexed WHERE target = {TARGET_ID}"


@dataclass(frozen=True, slots=True)
class EmbeddedPhoto:
    """A photo with its embedding, ready to be written to a search index.

    `root` is the uuid of the root, `folder` the path of the root on this computer. `path` is relative to the root.
    """

    id: int
    root: str
    folder: str
    path: str
    content: bytes
    vector: Vector


class SyncState:
    """What the catalog records of the rows of one search index.

    A row is first written, then flushed and finally covered by the fingerprint of the closed index. Every method may
    raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database, target: Target) -> None:
        """Select the index. The catalog need not have a record of the target or its model yet."""
        self._database = database
        self._model = target.model
        self._target = (target.location, target.model, target.spec)

    def is_known(self) -> bool:
        """Return whether the index was ever written to."""
        return self._database.count("target WHERE place = ? AND model = ? AND spec = ?", *self._target) > 0

    def complete(self) -> None:
        """Record that the index has all photos that the catalog has embeddings of."""
        with self._database.transaction() as db:
            self._ensure_target(db)
            db.execute(f"UPDATE target SET whole = 1 WHERE id = {TARGET_ID}", self._target)

    def take_fingerprint(self) -> str:
        """Return the fingerprint of the index's files and clear it, because the index is about to be opened.

        It is empty if the index was not closed properly or never existed.
        """
        fingerprint = self.fingerprint()
        self._save_fingerprint("")
        return fingerprint

    def fingerprint(self) -> str:
        """Return the fingerprint of the index's files when it was last closed. It is empty while the index is open."""
        with self._database.transaction() as db:
            row = db.execute(f"SELECT seal FROM target WHERE id = {TARGET_ID}", self._target).fetchone()
        return str(row[0]) if row else ""

    def close(self, seal: str) -> None:
        """Record that the index was closed with all flushed rows in its files. `seal` is the files' fingerprint."""
        self._execute("UPDATE indexed SET durable = 2 WHERE durable = 1")
        self._save_fingerprint(seal)

    def roots(self) -> list[str]:
        """Return the uuids of all roots in the catalog."""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute("SELECT uuid FROM root")]

    def pending(self) -> list[int]:
        """Return the ids of the embedded photos that the index does not have, or has with older content."""
        query = f"""
            SELECT photo.id FROM photo
            JOIN embedding ON embedding.content = photo.content
                AND embedding.model = (SELECT id FROM model WHERE key = ?)
            LEFT JOIN indexed ON indexed.photo = photo.id AND indexed.target = {TARGET_ID}
            WHERE indexed.content IS NOT photo.content"""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(query, (self._model, *self._target))]

    def stale(self) -> list[int]:
        """Return the ids in the index whose photos are gone or can no longer be read."""
        query = f"""
            SELECT indexed.photo FROM indexed
            LEFT JOIN photo ON photo.id = indexed.photo AND photo.content NOT NULL
            WHERE indexed.target = {TARGET_ID} AND photo.id IS NULL"""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(query, self._target)]

    def embedded(self, ids: Sequence[int]) -> list[EmbeddedPhoto]:
        """Return the photos with these ids and their embeddings. Photos without an embedding are left out."""
        # CROSS JOIN fixes the order of the tables. For many ids, SQLite would otherwise decide to read all embeddings.
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
        """Record rows that were written to the index but not flushed yet."""
        with self._database.transaction() as db:
            target = self._ensure_target(db)
            db.executemany("REPLACE INTO indexed VALUES (?, ?, ?, 0)", [(target, row.id, row.content) for row in rows])

    def deleted(self, ids: Sequence[int]) -> None:
        """Record rows that were deleted from the index."""
        with self._database.transaction() as db:
            db.executemany(
                f"DELETE FROM indexed WHERE photo = ? AND target = {TARGET_ID}", [(key, *self._target) for key in ids]
            )

    def flushed(self) -> None:
        """Record that the index has flushed all rows that were written to it."""
        self._execute("UPDATE indexed SET durable = 1 WHERE durable = 0")

    def discard_unflushed(self, *, since_close: bool = False) -> None:
        """Drop the records of rows that were not flushed, because the index may have lost them.

        With `since_close`, this includes the rows flushed since the index was last closed. Records of photos that are
        gone stay, so that their rows are still deleted. Deleting a row that the index does not have does no harm.
        """
        readable = "SELECT id FROM photo WHERE content NOT NULL"
        self._execute(f"DELETE FROM indexed WHERE durable < {2 if since_close else 1} AND photo IN ({readable})")

    def forget(self) -> None:
        """Drop the records of all rows, because the index is empty."""
        self._execute("DELETE FROM indexed WHERE true")
        with self._database.transaction() as db:
            db.execute(f"UPDATE target SET whole = 0 WHERE id = {TARGET_ID}", self._target)

    def indexed_ids(self) -> list[int]:
        """Return the ids of the rows that the index should have."""
        with self._database.transaction() as db:
            return [row[0] for row in db.execute(f"SELECT photo FROM {INDEXED_ROWS}", self._target)]

    def indexed_count(self) -> int:
        """Return the number of rows that the index should have."""
        return self._database.count(INDEXED_ROWS, *self._target)

    def unflushed(self) -> int:
        """Return the number of rows written to the index since it was last flushed."""
        return self._database.count(f"{INDEXED_ROWS} AND durable = 0", *self._target)

    def _save_fingerprint(self, fingerprint: str) -> None:
        with self._database.transaction() as db:
            db.execute(f"UPDATE target SET seal = ? WHERE id = {TARGET_ID}", (fingerprint, *self._target))

    def _execute(self, statement: str) -> None:
        """Run a statement with a WHERE clause on the rows of this index only."""
        with self._database.transaction() as db:
            db.execute(f"{statement} AND target = {TARGET_ID}", self._target)

    def _ensure_target(self, db: sqlite3.Connection) -> int:
        """Return the id of the target's row, inserting the row if it does not exist."""
        db.execute("INSERT OR IGNORE INTO target (place, model, spec) VALUES (?, ?, ?)", self._target)
        (target,) = db.execute(f"SELECT {TARGET_ID}", self._target).fetchone()
        return int(target)
