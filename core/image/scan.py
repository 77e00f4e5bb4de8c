"""Walking a photo folder."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from core.image.formats import HEAD, extensions, is_picture
from core.types import PhotoFile

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(slots=True)
class Folder:
    """What was found directly in one folder. `unreadable`: folders whose content could not be listed."""

    photos: list[PhotoFile] = field(default_factory=list)
    ignored: int = 0
    unreadable: list[Path] = field(default_factory=list)


def walk(root: Path, leave_out: Path) -> Iterator[Folder]:
    """Yield what is in the root and in each folder below it, one folder at a time, so that a walk can be given up.

    Hidden folders and `leave_out` (the library itself) are passed over. A folder that is linked into another is
    visited once.
    """
    seen: set[tuple[int, int]] = set()
    with suppress(OSError):
        # By what it is, not by its path: there may be a link on the way to it.
        seen.add(_identity(leave_out))
        seen.discard(_identity(root))
    waiting = [root]
    while waiting:
        path = waiting.pop()
        found = Folder()
        try:
            identity = _identity(path)
            if identity in seen:
                continue
            seen.add(identity)
            with os.scandir(path) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            found.unreadable.append(path)
            yield found
            continue
        folders = [path / entry.name for entry in inside if not entry.name.startswith(".") and _is_folder(entry)]
        waiting += reversed(folders)
        for entry in inside:
            if not _is_folder(entry):
                _add(entry, found)
        yield found


def _identity(path: Path) -> tuple[int, int]:
    status = path.stat()
    return status.st_dev, status.st_ino


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _add(entry: os.DirEntry[str], found: Folder) -> None:
    path = Path(entry.path)
    try:
        # Neither a pipe nor a device is ever opened: reading one may wait for ever.
        if entry.is_file() and (_is_called_one(entry.name) or _looks_like_one(path)):
            status = entry.stat()
            found.photos.append(PhotoFile(path, status.st_size, status.st_mtime_ns))
            return
    except OSError:
        pass  # a dangling link, or gone since the folder was listed
    found.ignored += 1


def _is_called_one(name: str) -> bool:
    # A Mac puts what another disk cannot hold of a photo into a second file, called "._" and then the same.
    return os.path.splitext(name)[1].lower() in extensions() and not name.startswith("._")


def _looks_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        return is_picture(path, file.read(HEAD))
