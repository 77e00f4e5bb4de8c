"""The photos that version 7 or earlier recorded, of whose metadata only the date was read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types import PhotoFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.catalog.database import Database
    from core.types import Metadata, Root

# Of a provisional content, the next indexing run reads the complete file anyway.
MISSING = """
    FROM content CROSS JOIN photo ON photo.content = content.key
    WHERE NOT has_metadata AND NOT provisional AND photo.root = (SELECT id FROM root WHERE uuid = ?)"""


@dataclass(frozen=True, slots=True)
class UndescribedPhoto:
    """A photo whose metadata has not been read. `content` is its content key."""

    file: PhotoFile
    content: bytes


class MissingMetadata:
    """Reads and writes the metadata that the catalog lacks.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def count(self, root: Root) -> int:
        """Return the number of contents in a root whose metadata has not been read."""
        with self._database.transaction() as db:
            return int(db.execute(f"SELECT count(DISTINCT content.key) {MISSING}", (root.uuid,)).fetchone()[0])

    def photos(self, root: Root, after: bytes, most: int) -> list[UndescribedPhoto]:
        """Return a photo for each content, sorted by content key: those behind `after`, and at most so many."""
        query = f"""
            SELECT content.key, path, size, mtime_ns, ctime_ns {MISSING} AND content.key > ?
            GROUP BY content.key ORDER BY content.key LIMIT ?"""
        with self._database.transaction() as db:
            rows = db.execute(query, (root.uuid, after, most)).fetchall()
        return [
            UndescribedPhoto(PhotoFile(root.path / os.fsdecode(path), *stat), content) for content, path, *stat in rows
        ]

    def save(self, found: Iterable[tuple[bytes, Metadata]]) -> None:
        """Save the metadata of contents. A date that is known stays if none was found."""
        change = """
            UPDATE content SET has_metadata = 1, taken_at = coalesce(?, taken_at), utc_offset = ?, camera = ?,
                latitude = ?, longitude = ?
            WHERE key = ?"""
        rows = [
            (each.taken_at, each.utc_offset, each.camera, each.latitude, each.longitude, content)
            for content, each in found
        ]
        with self._database.transaction() as db:
            db.executemany(change, rows)
