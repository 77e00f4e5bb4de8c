"""The embeddings that a newer version of their model is to replace."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from core.types import PhotoFile

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.types import Root

OUTDATED = """
    FROM embedding CROSS JOIN content ON content.key = embedding.content AND NOT provisional
    WHERE embedding.model = (SELECT id FROM model WHERE key = :old) AND NOT EXISTS (
        SELECT 1 FROM embedding AS newer
        WHERE newer.model = (SELECT id FROM model WHERE key = :new) AND newer.content = embedding.content)"""


class OutdatedEmbeddings:
    """The embeddings of a model whose contents a new model has not embedded yet.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database, old: str, new: str) -> None:
        """Select the models by their keys."""
        self._database, self._models = database, {"old": old, "new": new}

    def exist(self) -> bool:
        """Return whether there are any, of photos in the library."""
        with self._database.transaction() as db:
            query = f"SELECT EXISTS (SELECT 1 {OUTDATED} AND EXISTS {self._photo()})"
            return bool(db.execute(query, self._models).fetchone()[0])

    def count(self) -> int:
        """Return the number of contents that only the old model has embedded, of photos in the library."""
        with self._database.transaction() as db:
            query = f"SELECT count(*) {OUTDATED} AND EXISTS {self._photo()}"
            return int(db.execute(query, self._models).fetchone()[0])

    def photos(self, root: Root, after: bytes, most: int) -> dict[PhotoFile, bytes]:
        """Return the photos of a root, one for each content, with their content keys.

        They are in the order of these keys, from the first one behind `after` on, and at most so many.
        """
        query = f"""
            SELECT outdated.key, path, size, mtime_ns, ctime_ns
            FROM (SELECT content.key {OUTDATED} AND content.key > :after) AS outdated
            CROSS JOIN photo ON photo.content = outdated.key AND root = (SELECT id FROM root WHERE uuid = :root)
            GROUP BY outdated.key ORDER BY outdated.key LIMIT :most"""
        values = {**self._models, "root": root.uuid, "after": after, "most": most}
        with self._database.transaction() as db:
            rows = db.execute(query, values).fetchall()
        return {PhotoFile(root.path / os.fsdecode(path), *stat): content for content, path, *stat in rows}

    def forget_old_model(self) -> None:
        """Delete all embeddings of the old model, and the records of the search indexes that have them."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM target WHERE model = :old", self._models)
            db.execute("DELETE FROM model WHERE key = :old", self._models)

    @staticmethod
    def _photo() -> str:
        return "(SELECT 1 FROM photo WHERE photo.content = embedding.content)"
