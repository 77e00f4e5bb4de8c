"""Walking a photo folder."""

from __future__ import annotations

import os
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
    waiting = [root]
    while waiting:
        path = waiting.pop()
        found = Folder()
        try:
            status = path.stat()
            if (status.st_dev, status.st_ino) in seen:
                continue
            seen.add((status.st_dev, status.st_ino))
            with os.scandir(path) as entries:
                inside = sorted(entries, key=lambda entry: entry.name)
        except OSError:
            found.unreadable.append(path)
            yield found
            continue
        folders = [path / entry.name for entry in inside if not entry.name.startswith(".") and _is_folder(entry)]
        waiting += reversed([folder for folder in folders if folder != leave_out])
        for entry in inside:
            if not _is_folder(entry):
                _add(entry, found)
        yield found


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _add(entry: os.DirEntry[str], found: Folder) -> None:
    path = Path(entry.path)
    try:
        # Neither a pipe nor a device is ever opened: reading one may wait for ever.
        if entry.is_file() and (os.path.splitext(entry.name)[1].lower() in extensions() or _looks_like_one(path)):
            status = entry.stat()
            found.photos.append(PhotoFile(path, status.st_size, status.st_mtime_ns))
            return
    except OSError:
        pass  # a dangling link, or gone since the folder was listed
    found.ignored += 1


def _looks_like_one(path: Path) -> bool:
    with path.open("rb") as file:
        return is_picture(path, file.read(HEAD))
