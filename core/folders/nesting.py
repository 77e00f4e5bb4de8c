"""Folders that hold one another: a photo belongs to one root only, the innermost one that it is in."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.types import Root

Real: TypeAlias = "Callable[[Path], Path]"
"""Returns the path that a folder has without links."""


SYSTEM_FOLDERS = frozenset({"$recycle.bin", "system volume information", "lost+found", "@eadir", "#recycle"})
"""What systems make in a drive for themselves, in small letters."""

_OF_THE_SYSTEM = SYSTEM_FOLDERS | {"desktop.ini", "thumbs.db"}


def checked(folder: Path) -> Path:
    """Return the absolute path of a folder whose content can be listed.

    Raises:
        FolderError: It is not there, not a folder, or may not be read.
    """
    path = Path(os.path.abspath(folder))
    try:
        with os.scandir(path):
            return path
    except NotADirectoryError as error:
        raise FolderError(f"{path} is a file. Choose the folder that it is in.") from error
    except OSError as error:
        raise FolderError(f"The folder {path} cannot be read: {error.strerror}. Choose another one.") from error


def real(folder: Path) -> Path:
    """Return the path that a folder has without links. What goes round in a circle of links stays as it is."""
    # Not Path.resolve, to which such a circle is a RuntimeError.
    return Path(os.path.realpath(folder))


@dataclass(frozen=True, slots=True)
class RealPaths:
    """The paths without links that drives have `told`, so that folders are compared without asking any.

    A folder of which nothing was told is where the nearest one above it was told to be, with the rest of its own path.
    """

    told: Mapping[Path, Path] = field(default_factory=dict)

    def __call__(self, folder: Path) -> Path:
        """Return the path of a folder without links, as far as they were told."""
        known = next((path for path in (folder, *folder.parents) if path in self.told), None)
        return self.told[known] / folder.relative_to(known) if known else folder


BY_NAME = RealPaths()
"""Takes every path as it stands."""


def covering(roots: Iterable[Root], folder: Path, real: Real = real) -> Root | None:
    """Return the root that is the folder, or the innermost that holds it where it is looked into: nowhere hidden."""
    place = real(folder)
    holding = [(real(root.path), root) for root in roots]
    holding = [(path, root) for path, root in holding if _is_seen(place, path)]
    return max(holding, key=lambda each: len(each[0].parts))[1] if holding else None


def _is_seen(place: Path, root: Path) -> bool:
    return place.is_relative_to(root) and not any(part.startswith(".") for part in place.relative_to(root).parts)


def inside(roots: Iterable[Root], folder: Path, real: Real = real) -> list[Root]:
    """Return the roots that the folder holds."""
    place = real(folder)
    return [root for root in roots if real(root.path).is_relative_to(place)]


def same(roots: Iterable[Root], folder: Path, real: Real = real) -> Root | None:
    """Return the root that is the folder, by whatever path it is called."""
    place = real(folder)
    return next((root for root in roots if real(root.path) == place), None)


def overlap(one: Path, other: Path) -> bool:
    """Tell whether two folders would share photos: they are the same, or one of them is looked into with the other."""
    return _is_seen(one, other) or _is_seen(other, one)


def is_there(root: Root, has_photos: bool) -> bool:
    """Tell whether a root is where the catalog has it.

    A folder in which nothing is seen is not it where there should be photos: a drive that is away leaves such a one as
    its mount point.
    """
    try:
        with os.scandir(root.path) as entries:
            return not has_photos or any(map(is_seen, entries))
    except PermissionError:
        return os.path.isdir(root.path)
    except OSError:
        return False


def is_seen(entry: os.DirEntry[str]) -> bool:
    """Tell whether an entry of a folder is more than systems leave in an empty one: not hidden, or a hidden photo."""
    name = entry.name
    if name.lower() in _OF_THE_SYSTEM:
        return False
    if not name.startswith("."):
        return True
    # Hidden folders are passed over; of hidden files, photos are not, and these have a suffix.
    is_like_a_photo = bool(os.path.splitext(name)[1]) and not name.startswith("._")
    return is_like_a_photo and not entry.is_dir(follow_symlinks=False)


def parts(roots: Iterable[Root], folder: Path, real: Real = real) -> list[tuple[Root, Path]]:
    """Return what of a folder is in the roots: each with a folder in it, or with its own.

    Raises:
        FolderError: It is outside all of them.
    """
    known, place = list(roots), real(folder)
    root = covering(known, folder, real)
    held = [(other, other.path) for other in inside(known, folder, real) if other != root]
    if root:
        return [(root, root.path / place.relative_to(real(root.path))), *held]
    if not held:
        raise FolderError(f"The folder {folder} is not in the library. Index it first, or leave it out.")
    return held
