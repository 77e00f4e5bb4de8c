"""The library folder: catalog, local search indexes, converted models, thumbnails and settings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.errors import LibraryError, LibraryInUseError, ReadOnlyLibraryError

if TYPE_CHECKING:
    from pathlib import Path

SPARE_BYTES = 100 << 20
"""An indexing run stops when the disk has less free space than this."""


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """Where the parts of a library are."""

    folder: Path

    @property
    def catalog(self) -> Path:
        """Return the SQLite file of the catalog, the only part that cannot be rebuilt."""
        return self.folder / "catalog.sqlite"

    @property
    def milvus(self) -> Path:
        """Return the folder of local search indexes. It can be deleted: they are rebuilt from the catalog."""
        return self.folder / "milvus"

    def remove_index(self, name: str) -> None:
        """Delete the folder of a local search index that is not open. Files that cannot be deleted are left behind."""
        shutil.rmtree(self.milvus / name, ignore_errors=True)

    @property
    def models(self) -> Path:
        """Return the folder of downloaded weights and converted models. It can be deleted."""
        return self.folder / "models"

    @property
    def thumbnails(self) -> Path:
        """Return the folder of thumbnails. It can be deleted."""
        return self.folder / "thumbnails"

    def check_space(self) -> None:
        """Check that the disk has enough free space to continue writing.

        Raises:
            LibraryError: The disk is nearly full. Repairing a search index that filled the disk takes long.
        """
        if shutil.disk_usage(self.folder).free < SPARE_BYTES:
            raise LibraryError(
                f"The disk of the library {self.folder} has less than {SPARE_BYTES >> 20} MB left. Free some space "
                "and index again. The photos indexed so far are kept."
            )

    def size(self) -> int:
        """Return the size of the library on disk in bytes."""
        # Not rglob, which fails if the process of the search index deletes a folder meanwhile.
        return sum(_size(os.path.join(folder, name)) for folder, _, names in os.walk(self.folder) for name in names)


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:  # deleted meanwhile
        return 0


class LibraryLock:
    """The lock that keeps other programs from opening a library. The system releases it if the program is killed."""

    def __init__(self, folder: Path) -> None:
        """Acquire the lock, creating the library folder if it is missing.

        Raises:
            LibraryInUseError: Another program has the library open.
            ReadOnlyLibraryError: The folder cannot be written.
            LibraryError: The folder cannot be created.
        """
        self._lock = FileLock(folder / "lock", is_singleton=False, thread_local=False)
        owner = folder / "owner"
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise LibraryError(
                f"The library folder {folder} cannot be used: {error.strerror}. Choose another one with --library."
            ) from error
        try:
            self._lock.acquire(blocking=False)
            owner.write_text(f"{os.getpid()}", encoding="utf-8")
        except Timeout as error:
            raise LibraryInUseError(
                f"The library {folder} is open in another Semblance (process {_owner_id(owner)}). Close it first, "
                "or choose another library with --library."
            ) from error
        except OSError as error:
            self._lock.release()
            raise ReadOnlyLibraryError(
                f"The library folder {folder} cannot be written: {error.strerror}. Allow writing to it, or choose "
                "another one with --library."
            ) from error

    def release(self) -> None:
        """Release the lock."""
        self._lock.release()


def _owner_id(owner: Path) -> str:
    try:
        return owner.read_text(encoding="utf-8")
    except OSError:
        return "unknown"
