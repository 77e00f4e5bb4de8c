"""What the entries of a folder are, as far as can be told without reading them."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from core.folders.nesting import is_seen
from core.images.formats import HEAD, extensions, is_picture

_NOWHERE = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def identity(path: str | Path) -> tuple[int, int]:
    """Return what tells a file or folder from any other, by whatever path it is reached."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry is a folder, or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def has_content(folder: Path) -> bool:
    """Tell whether a folder is there and has anything in it that is seen."""
    try:
        with os.scandir(folder) as entries:
            return any(map(is_seen, entries))
    except OSError:
        return False


def is_link(entry: os.DirEntry[str] | Path) -> bool:
    """Tell whether a file or folder is only a link to one."""
    if sys.platform == "win32":
        return entry.is_symlink() or (
            entry.stat(follow_symlinks=False).st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
        )
    return entry.is_symlink()


def leads_nowhere(error: OSError) -> bool:
    """Tell whether an error says that there is nothing, and not that nobody may know."""
    return error.errno in _NOWHERE


def is_photo(entry: os.DirEntry[str]) -> bool:
    """Tell whether a file is a picture by its name, or by its first bytes."""
    return _is_called_one(entry.name) or _looks_like_one(entry.path)


def _is_called_one(name: str) -> bool:
    # A Mac puts what another disk cannot hold of a photo into a second file, called "._" and then the same.
    return os.path.splitext(name)[1].lower() in extensions() and not name.startswith("._")


def _looks_like_one(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return is_picture(Path(path), file.read(HEAD))
    except OSError:  # nobody can tell; it may have gone, too
        return False
