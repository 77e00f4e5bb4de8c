"""A disk that refuses every write, also to root, which ignores permissions."""

from __future__ import annotations

import errno
import os
from typing import TYPE_CHECKING, NoReturn

from filelock import FileLock

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def refuse_locks(patches: pytest.MonkeyPatch) -> None:
    """Let locking a library fail as on a read-only disk."""

    def refuse(_self: FileLock, **_: object) -> NoReturn:
        raise OSError(errno.EROFS, os.strerror(errno.EROFS))

    patches.setattr(FileLock, "acquire", refuse)


def refuse_shared_memory(catalog: Path) -> None:
    """Keep SQLite from creating the file of shared memory beside a catalog, as on a read-only disk."""
    catalog.with_name(f"{catalog.name}-shm").symlink_to("missing folder/file")
