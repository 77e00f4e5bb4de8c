"""Stores the paths of roots and provides sample photos that identify a root under a new path."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import PhotoFile

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.catalog.database import Database
    from core.types import Root

SAMPLE = 32


class FolderLocations:
    """The paths of the roots in the catalog.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def samples(self, roots: Iterable[Root]) -> dict[Root, list[PhotoFile]]:
        """Return a few photos from all over each root, with paths relative to the root.

        The choice is the same on every call. Only a root without photos gets an empty list. Photos that the next
        indexing run reads again have the size `REREAD`.
        """
        # Ids are hashes, so the lowest ones are spread over the root. With an index, SQLite would sort all its photos.
        query = """
            SELECT path, size, mtime_ns FROM photo NOT INDEXED
            WHERE root = (SELECT id FROM root WHERE uuid = ?) ORDER BY id LIMIT ?"""
        with self._database.transaction() as db:
            return {
                root: [
                    PhotoFile(Path(os.fsdecode(path)), size, mtime_ns)
                    for path, size, mtime_ns in db.execute(query, (root.uuid, SAMPLE))
                ]
                for root in roots
            }

    def relocate(self, root: Root) -> bool:
        """Save the new path of a root. Returns False if the root was removed or another root has that path."""
        with self._database.transaction() as db:
            change = "UPDATE OR IGNORE root SET path = ? WHERE uuid = ?"
            return db.execute(change, (os.fsencode(root.path), root.uuid)).rowcount > 0
