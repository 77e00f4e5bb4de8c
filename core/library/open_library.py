"""An open library: its lock and the connections to its catalog."""

from __future__ import annotations

from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.errors import LibraryInUseError, ReadOnlyLibraryError
from core.library.files import LibraryLock

if TYPE_CHECKING:
    from core.library.files import LibraryFiles


class OpenLibrary:
    """`database` and `catalog` write and belong to the store thread.

    Other threads use `read_database` and `read_catalog`, so that they never wait for a write. If the library is
    `read_only`, it is not locked, nothing of it may be written, and other programs may change its catalog.
    """

    def __init__(self, files: LibraryFiles, *, shared: bool = False) -> None:
        """Take the lock and open the catalog, creating what is missing.

        A library that cannot be written is opened read-only. With `shared`, so is one that another program has open.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be used or its catalog is damaged.
        """
        self.files = files
        self._obstacle = ""
        try:
            self._open(read_only=False)
        except (LibraryInUseError, ReadOnlyLibraryError) as error:
            may_read = shared or isinstance(error, ReadOnlyLibraryError)
            if not may_read or not files.catalog.exists():
                raise
            self._obstacle = str(error)
            self._open(read_only=True)
        self.catalog = Catalog(self.database)
        self.read_catalog = Catalog(self.read_database)

    @property
    def read_only(self) -> str:
        """Return why the library can only be read, as a sentence for the user; empty if it can be written."""
        return self._obstacle and f"You can search this library but not change it. {self._obstacle}"

    def check_writable(self) -> None:
        """Check that the library can be changed.

        Raises:
            ReadOnlyLibraryError: It can only be read.
        """
        if self.read_only:
            raise ReadOnlyLibraryError(self.read_only)

    def close(self) -> None:
        """Close the catalog and release the lock."""
        self._opened.close()

    def _open(self, *, read_only: bool) -> None:
        with ExitStack() as opened:  # closes everything again, in reverse order, if a later step fails
            if not read_only:
                opened.callback(LibraryLock(self.files.folder).release)
            self.database, self.read_database = (
                opened.enter_context(closing(Database(self.files.catalog, read_only=read_only))) for _ in range(2)
            )
            self._opened = opened.pop_all()
