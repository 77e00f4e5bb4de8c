"""An open library: its lock and the connections to its catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.library.files import LibraryLock

if TYPE_CHECKING:
    from core.library.files import LibraryFiles


class OpenLibrary:
    """`database` and `catalog` write and belong to the store thread.

    The `read_` twins serve the other threads, so that neither waits for the other.
    """

    def __init__(self, files: LibraryFiles) -> None:
        """Take the lock and open the catalog, creating what is missing.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """
        self.files = files
        self._lock = LibraryLock(files.folder)
        try:
            self.database = Database(files.catalog)
            self.read_database = Database(files.catalog)
        except BaseException:
            self._lock.release()
            raise
        self.catalog = Catalog(self.database)
        self.read_catalog = Catalog(self.read_database)

    def close(self) -> None:
        """Close the catalog and release the lock."""
        self.read_database.close()
        self.database.close()
        self._lock.release()
