"""A library that this program has open: its lock, and its catalog's connections."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.library.files import LibraryLock

if TYPE_CHECKING:
    from core.library.files import Library


class OpenLibrary:
    """`writer` is the connection of the store thread; `reader` is for the others, so that neither waits for the other.

    `catalog` writes, `view` reads.
    """

    def __init__(self, library: Library) -> None:
        """Take the lock and open the catalog, making what is missing.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """
        self._lock = LibraryLock(library.folder)
        try:
            self.database = Database(library.catalog)
            self.read_database = Database(library.catalog)
        except BaseException:
            self._lock.release()
            raise
        self.catalog = Catalog(self.database)
        self.read_catalog = Catalog(self.read_database)

    def close(self) -> None:
        """Let go of the library."""
        self.read_database.close()
        self.database.close()
        self._lock.release()
