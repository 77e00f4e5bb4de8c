"""Reads the photos of a root from the catalog, to compare them with the files on the disk."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types import PhotoFile

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Collection, Iterator
    from pathlib import Path

    from core.types import Root

QUERY = """
    SELECT photo.path, size, mtime_ns, ctime_ns, photo.content, embedding.content NOT NULL, reason
    FROM photo LEFT JOIN embedding ON embedding.content = photo.content
        AND embedding.model = (SELECT id FROM model WHERE key = ?)
    WHERE root = (SELECT id FROM root WHERE uuid = ?)"""

Row = tuple[bytes, int, int, int | None, bytes | None, int, str | None]


@dataclass(frozen=True, slots=True)
class RecordedPhoto:
    """A photo as the catalog has it.

    `embedded` says whether there is an embedding of the requested model. `reason` says why the photo could not be read,
    and is None if it could.
    """

    file: PhotoFile
    content: bytes | None
    embedded: bool
    reason: str | None


def photos_in_root(db: sqlite3.Connection, root: Root, model: str) -> dict[Path, RecordedPhoto]:
    """Return all photos of a root, by their paths on disk."""
    return _by_path(root, db.execute(QUERY, (model, root.uuid)))


def photos_at(db: sqlite3.Connection, root: Root, model: str, paths: Collection[bytes]) -> dict[Path, RecordedPhoto]:
    """Return the photos at and below some paths, by their paths on disk.

    `paths` are relative to the root, with their parts joined by "/".
    """
    found: dict[Path, RecordedPhoto] = {}
    for path in paths:
        found |= _by_path(root, db.execute(f"{QUERY} AND photo.path = ?", (model, root.uuid, path)))
        # Paths below a folder begin with its path and "/". The character after "/" is "0".
        below = (model, root.uuid, path + b"/", path + b"0")
        found |= _by_path(root, db.execute(f"{QUERY} AND photo.path > ? AND photo.path < ?", below))
    return found


def has_photo_at(db: sqlite3.Connection, root: Root, path: bytes) -> bool:
    """Return whether the catalog has a photo at or below a path relative to the root."""
    some = "SELECT 1 FROM photo WHERE root = (SELECT id FROM root WHERE uuid = ?)"
    query = f"SELECT EXISTS ({some} AND path = ?) OR EXISTS ({some} AND path > ? AND path < ?)"
    (exists,) = db.execute(query, (root.uuid, path, root.uuid, path + b"/", path + b"0")).fetchone()
    return bool(exists)


def _by_path(root: Root, rows: Iterator[Row]) -> dict[Path, RecordedPhoto]:
    photos: dict[Path, RecordedPhoto] = {}
    for relative, size, mtime_ns, ctime_ns, content, embedded, reason in rows:
        path = root.path / os.fsdecode(relative)
        photos[path] = RecordedPhoto(PhotoFile(path, size, mtime_ns, ctime_ns), content, bool(embedded), reason)
    return photos
