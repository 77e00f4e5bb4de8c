"""A library on disk: one folder with the catalog, the local index, converted models, thumbnails and settings."""

from __future__ import annotations

import os
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from core.errors import LibraryError, LibraryInUseError

if TYPE_CHECKING:
    from pathlib import Path

SPARE_BYTES = 100 << 20


@dataclass(frozen=True, slots=True)
class LibraryFiles:
    """Where the parts of a library are."""

    folder: Path

    @property
    def catalog(self) -> Path:
        """Return the SQLite file that is the truth."""
        return self.folder / "catalog.sqlite"

    @property
    def milvus(self) -> Path:
        """Return the folder of local indexes. It can be deleted: they are built again from the catalog."""
        return self.folder / "milvus"

    def remove_index(self, name: str) -> None:
        """Delete the folder of a local index that nobody has open. What cannot be deleted stays, and does no harm."""
        shutil.rmtree(self.milvus / name, ignore_errors=True)

    @property
    def models(self) -> Path:
        """Return the folder of weights and converted models. It can be deleted."""
        return self.folder / "models"

    @property
    def thumbnails(self) -> Path:
        """Return the folder of thumbnails. It can be deleted."""
        return self.folder / "thumbnails"

    def check_space(self) -> None:
        """Make sure that there is room to go on writing.

        Raises:
            LibraryError: The disk is nearly full. An index that runs into the end of it is slow to mend.
        """
        if shutil.disk_usage(self.folder).free < SPARE_BYTES:
            raise LibraryError(
                f"The disk with the library {self.folder} has less than {SPARE_BYTES >> 20} MB left. Free some space "
                "and go on; what was indexed is kept."
            )

    def size(self) -> int:
        """Return how many bytes the library takes on its disk."""
        # Not rglob, which fails where the index's own process tidies away a folder meanwhile.
        return sum(_size(os.path.join(folder, name)) for folder, _, names in os.walk(self.folder) for name in names)


def _size(file: str) -> int:
    try:
        return os.stat(file).st_size
    except OSError:  # tidied away meanwhile
        return 0


class LibraryLock:
    """Keeps a second program out of a library for as long as it is held; a killed program lets go of it too."""

    def __init__(self, folder: Path) -> None:
        """Take the lock, making the folder where it is missing.

        Raises:
            LibraryInUseError: Another program holds it.
            LibraryError: The folder cannot be made or written.
        """
        self._lock = FileLock(folder / "lock", is_singleton=False, thread_local=False)
        owner = folder / "owner"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._lock.acquire(blocking=False)
            owner.write_text(f"{os.getpid()}", encoding="utf-8")
        except Timeout as error:
            raise LibraryInUseError(
                f"The library {folder} is open in another Semblance (process {_read(owner)}). Close that one first, "
                "or choose another library with --library."
            ) from error
        except OSError as error:
            raise LibraryError(
                f"The library folder {folder} cannot be used: {error.strerror}. Choose another one with --library."
            ) from error

    def release(self) -> None:
        """Let go of the library."""
        self._lock.release()


def _read(owner: Path) -> str:
    try:
        return owner.read_text(encoding="utf-8")
    except OSError:
        return "unknown"
