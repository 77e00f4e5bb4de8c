"""Where the roots are, and by which of their photos each can be told from any other folder."""

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
    """Every method may raise a `LibraryError`, see `Database.transaction`."""

    def __init__(self, database: Database) -> None:
        """Work on an open catalog file."""
        self._database = database

    def samples(self, roots: Iterable[Root]) -> dict[Root, list[PhotoFile]]:
        """Return a few photos from all over each root, always the same ones, with paths relative to it.

        Only a root without photos has none. The size of those that are to be read again is not known: `REREAD`.
        """
        # An id is a hash, so the first ones are from anywhere. Any index would make SQLite sort all photos of a root.
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
        """Note the path that a root has now. False where the root was forgotten, or another one has that path."""
        with self._database.transaction() as db:
            change = "UPDATE OR IGNORE root SET path = ? WHERE uuid = ?"
            return db.execute(change, (os.fsencode(root.path), root.uuid)).rowcount > 0
