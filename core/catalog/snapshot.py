"""What the catalog knows of the photos of a root, to compare it with the disk."""

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
    SELECT photo.path, size, mtime_ns, photo.content, embedding.content NOT NULL, reason
    FROM photo LEFT JOIN embedding ON embedding.content = photo.content
        AND embedding.model = (SELECT id FROM model WHERE key = ?)
    WHERE root = (SELECT id FROM root WHERE uuid = ?)"""

Row = tuple[bytes, int, int, bytes | None, int, str | None]


@dataclass(frozen=True, slots=True)
class KnownPhoto:
    """A photo as the catalog has it. `embedded`: the model asked about has seen it; `reason`: why it was not read."""

    file: PhotoFile
    content: bytes | None
    embedded: bool
    reason: str | None


def known_photos(db: sqlite3.Connection, root: Root, model: str) -> dict[Path, KnownPhoto]:
    """Return every photo of a root, by its path on disk."""
    return _by_path(root, db.execute(QUERY, (model, root.uuid)))


def known_below(db: sqlite3.Connection, root: Root, model: str, paths: Collection[bytes]) -> dict[Path, KnownPhoto]:
    """Return the photos at and below some paths in a root, each relative to it, with its parts joined by '/'."""
    found: dict[Path, KnownPhoto] = {}
    for path in paths:
        found |= _by_path(root, db.execute(f"{QUERY} AND photo.path = ?", (model, root.uuid, path)))
        # What is below begins with the path and a slash, which this character follows.
        below = (model, root.uuid, path + b"/", path + b"0")
        found |= _by_path(root, db.execute(f"{QUERY} AND photo.path > ? AND photo.path < ?", below))
    return found


def is_known_below(db: sqlite3.Connection, root: Root, path: bytes) -> bool:
    """Tell whether there is a photo at or below a path in a root, which is relative to it."""
    some = "SELECT 1 FROM photo WHERE root = (SELECT id FROM root WHERE uuid = ?)"
    query = f"SELECT EXISTS ({some} AND path = ?) OR EXISTS ({some} AND path > ? AND path < ?)"
    (is_known,) = db.execute(query, (root.uuid, path, root.uuid, path + b"/", path + b"0")).fetchone()
    return bool(is_known)


def _by_path(root: Root, rows: Iterator[Row]) -> dict[Path, KnownPhoto]:
    known: dict[Path, KnownPhoto] = {}
    for relative, size, mtime_ns, content, embedded, reason in rows:
        path = root.path / os.fsdecode(relative)
        known[path] = KnownPhoto(PhotoFile(path, size, mtime_ns), content, bool(embedded), reason)
    return known
