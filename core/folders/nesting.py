"""Folders inside other folders: a photo belongs to one root only, the innermost one that contains it."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from core.errors import FolderError
from core.folders.skipped import SYSTEM_FOLDERS, is_in_skipped_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from core.types import Root

Resolve: TypeAlias = "Callable[[Path], Path]"
"""Returns the path of a folder with all links resolved."""


_SYSTEM_ENTRIES = SYSTEM_FOLDERS | {"desktop.ini", "thumbs.db"}


def checked(folder: Path) -> Path:
    """Return the absolute path of a folder whose content can be listed.

    Raises:
        FolderError: It does not exist, is not a folder, or cannot be read.
    """
    path = Path(os.path.abspath(folder))
    try:
        with os.scandir(path):
            return path
    except NotADirectoryError as error:
        raise FolderError(f"{path} is a file. Choose the folder that contains it.") from error
    except OSError as error:
        raise FolderError(f"The folder {path} cannot be read: {error.strerror}. Choose another folder.") from error


def real_path(folder: Path) -> Path:
    """Return the path of a folder with all links resolved. A path in a circle of links stays as it is."""
    # Not Path.resolve, which raises a RuntimeError for such a circle.
    return Path(os.path.realpath(folder))


@dataclass(frozen=True, slots=True)
class RealPaths:
    """Real paths that were resolved before, so that comparing folders accesses no drive.

    For a folder that was not resolved, the result of its nearest resolved parent is used, plus the rest of its path.
    """

    resolved: Mapping[Path, Path] = field(default_factory=dict)

    def __call__(self, folder: Path) -> Path:
        """Return the path of a folder with links resolved as far as they are in `resolved`."""
        nearest = next((path for path in (folder, *folder.parents) if path in self.resolved), None)
        return self.resolved[nearest] / folder.relative_to(nearest) if nearest else folder


BY_NAME = RealPaths()
"""Resolves no links: folders are compared by their paths as written."""


def covering(roots: Iterable[Root], folder: Path, resolve: Resolve = real_path) -> Root | None:
    """Return the innermost root that contains a folder, or is it, and whose scan reaches it.

    A scan does not reach hidden folders and system folders.
    """
    path = resolve(folder)
    containing = [(resolve(root.path), root) for root in roots]
    containing = [(root_path, root) for root_path, root in containing if _is_scanned(path, root_path)]
    return max(containing, key=lambda each: len(each[0].parts))[1] if containing else None


def _is_scanned(path: Path, root: Path) -> bool:
    return path.is_relative_to(root) and not is_in_skipped_folder(path.relative_to(root).parts)


def inside(roots: Iterable[Root], folder: Path, resolve: Resolve = real_path) -> list[Root]:
    """Return the roots that a folder contains, or is."""
    path = resolve(folder)
    return [root for root in roots if resolve(root.path).is_relative_to(path)]


def same(roots: Iterable[Root], folder: Path, resolve: Resolve = real_path) -> Root | None:
    """Return the root that is the same folder once links are resolved, or None."""
    path = resolve(folder)
    return next((root for root in roots if resolve(root.path) == path), None)


def overlap(one: Path, other: Path) -> bool:
    """Return whether two folders would share photos: they are the same, or a scan of one reaches the other."""
    return _is_scanned(one, other) or _is_scanned(other, one)


def is_online(root: Root, has_photos: bool) -> bool:
    """Return whether a root can be reached at its path in the catalog.

    If it should have photos, its folder must have content: an offline drive leaves an empty mount point behind.
    """
    try:
        with os.scandir(root.path) as entries:
            return not has_photos or any(map(is_content, entries))
    except PermissionError:
        return os.path.isdir(root.path)
    except OSError:
        return False


def is_content(entry: os.DirEntry[str]) -> bool:
    """Return whether an entry is more than systems leave in an empty folder: not hidden, or a hidden photo."""
    name = entry.name
    if name.lower() in _SYSTEM_ENTRIES:
        return False
    if not name.startswith("."):
        return True
    # Scans skip hidden folders but not hidden photos. A hidden photo has a suffix, unlike most hidden system files.
    may_be_photo = bool(os.path.splitext(name)[1]) and not name.startswith("._")
    return may_be_photo and not entry.is_dir(follow_symlinks=False)


def parts(roots: Iterable[Root], folder: Path, resolve: Resolve = real_path) -> list[tuple[Root, Path]]:
    """Return the parts of a folder that are in the library, as pairs of a root and its own folder or a subfolder.

    Raises:
        FolderError: No part of the folder is in a root.
    """
    roots, path = list(roots), resolve(folder)
    root = covering(roots, folder, resolve)
    nested = [(other, other.path) for other in inside(roots, folder, resolve) if other != root]
    if root:
        return [(root, root.path / path.relative_to(resolve(root.path))), *nested]
    if not nested:
        raise FolderError(f"The folder {folder} is not in the library. Add it first, or leave it out.")
    return nested


def without_overlaps(parts: Iterable[tuple[Root, Path]]) -> list[tuple[Root, Path]]:
    """Return each part once, and none that is inside another part of the same root."""
    distinct = dict.fromkeys(parts)
    return [
        (root, folder) for root, folder in distinct if not any((root, parent) in distinct for parent in folder.parents)
    ]
