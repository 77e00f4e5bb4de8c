"""The embeddings that a newer version of their model is to replace."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types import PhotoFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    from core.catalog.database import Database
    from core.types import Root

OUTDATED = """
    FROM embedding CROSS JOIN photo ON photo.content = embedding.content
    WHERE embedding.model = (SELECT id FROM model WHERE key = :old) AND NOT EXISTS (
        SELECT 1 FROM embedding AS newer
        WHERE newer.model = (SELECT id FROM model WHERE key = :new) AND newer.content = embedding.content)"""


@dataclass(frozen=True, slots=True)
class OutdatedPhoto:
    """A photo that only the old model has embedded, as the catalog records it. `content` is its content key."""

    file: PhotoFile
    content: bytes
    id: int


class OutdatedEmbeddings:
    """The embeddings of a model of which a new model has not embedded the content yet.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database, old: str, new: str) -> None:
        """Select the models by their keys."""
        self._database, self._models = database, {"old": old, "new": new}

    def has_old_model(self) -> bool:
        """Return whether there are embeddings of the old model, of photos in the library."""
        query = """
            SELECT EXISTS (SELECT 1 FROM embedding JOIN photo ON photo.content = embedding.content
            WHERE embedding.model = (SELECT id FROM model WHERE key = :old))"""
        return bool(self._value(query))

    def count(self) -> int:
        """Return the number of contents that only the old model has embedded."""
        return self._value(f"SELECT count(DISTINCT embedding.content) {OUTDATED}")

    def photos(self, root: Root, after: OutdatedPhoto | None, most: int) -> list[OutdatedPhoto]:
        """Return the photos of a root, by content: the first ones behind `after`, and at most so many.

        Photos of which only the embedded preview has been read are left out, because the next indexing run reads them.
        """
        query = f"""
            SELECT photo.id, embedding.content, path, size, mtime_ns, ctime_ns {OUTDATED}
            AND photo.root = (SELECT id FROM root WHERE uuid = :root)
            AND embedding.content >= :content AND (embedding.content > :content OR photo.id > :id)
            AND embedding.content NOT IN (SELECT key FROM content WHERE provisional)
            ORDER BY embedding.content, photo.id LIMIT :most"""
        content, key = (after.content, after.id) if after else (b"", -1)
        values = {**self._models, "root": root.uuid, "content": content, "id": key, "most": most}
        with self._database.transaction() as db:
            rows = db.execute(query, values).fetchall()
        return [
            OutdatedPhoto(PhotoFile(root.path / os.fsdecode(path), *stat), content, key)
            for key, content, path, *stat in rows
        ]

    def exist_except(self, contents: Collection[bytes]) -> bool:
        """Return whether there are any of other contents than these."""
        query = f"SELECT DISTINCT embedding.content {OUTDATED} LIMIT :most"
        with self._database.transaction() as db:
            rows = db.execute(query, {**self._models, "most": len(contents) + 1})
            return any(content not in contents for (content,) in rows)

    def exist_outside(self, roots: Iterable[Root]) -> bool:
        """Return whether there are any of which a photo is in another root than these."""
        uuids = {f"root{number}": root.uuid for number, root in enumerate(roots)}
        others = f"AND photo.root NOT IN (SELECT id FROM root WHERE uuid IN ({','.join(f':{name}' for name in uuids)}))"
        return bool(self._value(f"SELECT EXISTS (SELECT 1 {OUTDATED} {others})", **uuids))

    def forget_old_model(self) -> None:
        """Delete all embeddings of the old model, and the records of the search indexes that have them."""
        with self._database.transaction() as db:
            db.execute("DELETE FROM target WHERE model = :old", self._models)
            db.execute("DELETE FROM model WHERE key = :old", self._models)

    def _value(self, query: str, **values: str) -> int:
        with self._database.transaction() as db:
            return int(db.execute(query, {**self._models, **values}).fetchone()[0])
