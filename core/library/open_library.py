"""An open library: its lock and the connections to its catalog."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.library.files import LibraryLock

if TYPE_CHECKING:
    from core.library.files import LibraryFiles


class OpenLibrary:
    """`database` and `catalog` write and belong to the store thread.

    Other threads use `read_database` and `read_catalog`, so that they never wait for a write.
    """

    def __init__(self, files: LibraryFiles) -> None:
        """Take the lock and open the catalog, creating what is missing.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """
        self.files = files
        with ExitStack() as opened:  # closes everything again, in reverse order, if a later step fails
            opened.callback(LibraryLock(files.folder).release)
            self.database = opened.enter_context(closing(Database(files.catalog)))
            self.read_database = opened.enter_context(closing(Database(files.catalog)))
            self._opened = opened.pop_all()
        self.catalog = Catalog(self.database)
        self.read_catalog = Catalog(self.read_database)

    def close(self) -> None:
        """Close the catalog and release the lock."""
        self._opened.close()
