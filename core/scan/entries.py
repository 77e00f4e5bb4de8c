"""Facts about files and folders that need little or no reading of their content."""

from __future__ import annotations

import errno
import os
import stat
import sys
from pathlib import Path

from core.folders.nesting import is_content
from core.folders.skipped import is_discarded_file
from core.images.formats import HEAD, extensions, is_picture

_NOT_FOUND = {errno.ENOENT, errno.ENOTDIR, errno.ELOOP}


def identity(path: str | Path) -> tuple[int, int]:
    """Return device and inode, which identify a file or folder whatever path leads to it."""
    status = os.stat(path)
    return status.st_dev, status.st_ino


def is_folder(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is a folder or a link to one."""
    try:
        return entry.is_dir()
    except OSError:
        return False


def has_content(folder: Path) -> bool:
    """Return whether a folder exists and contains more than systems leave in an empty one; see `is_content`."""
    try:
        with os.scandir(folder) as entries:
            return any(map(is_content, entries))
    except OSError:
        return False


def is_link(entry: os.DirEntry[str] | Path) -> bool:
    """Return whether an entry is a symbolic link, or on Windows a junction or mount point."""
    if sys.platform == "win32":
        return entry.is_symlink() or (
            entry.stat(follow_symlinks=False).st_reparse_tag == stat.IO_REPARSE_TAG_MOUNT_POINT
        )
    return entry.is_symlink()


def is_not_found(error: OSError) -> bool:
    """Return whether an error means that nothing exists at the path, rather than that it cannot be accessed."""
    return error.errno in _NOT_FOUND


def is_photo(entry: os.DirEntry[str]) -> bool:
    """Return whether a file is a picture by its extension or by its first bytes, and was not discarded."""
    return not is_discarded_file(entry.name) and (_has_photo_name(entry.name) or _has_photo_header(entry.path))


def _has_photo_name(name: str) -> bool:
    # macOS keeps metadata that a foreign file system cannot store in a second file: "._" and then the photo's name.
    return os.path.splitext(name)[1].lower() in extensions() and not name.startswith("._")


def _has_photo_header(path: str) -> bool:
    try:
        with open(path, "rb") as file:
            return is_picture(Path(path), file.read(HEAD))
    except OSError:  # unreadable, or deleted since the folder was listed
        return False
