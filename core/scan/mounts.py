"""Mount points of drives and network shares inside a root.

On Windows such a mount point is a link, which cannot be listed while its drive is offline. A folder of the same device
that is mounted a second time (a bind mount) looks like any other folder.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from core.scan.entries import has_content, identity, is_not_found

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from pathlib import Path

    from core.scan.exclusion import Exclusion


@dataclass(frozen=True, slots=True)
class Mounts:
    """The mount points inside a root: those in use, and those that are offline (`offline`): empty or missing."""

    used: frozenset[Path]
    offline: frozenset[Path]


class MountPoints:
    """The mount points that a scan of a root knows: those recorded by earlier scans, and those it finds."""

    def __init__(self, root: Path, recorded: Iterable[Path], exclusion: Exclusion) -> None:
        self._mounts = {mount for mount in recorded if not _is_excluded(mount.relative_to(root), exclusion)}
        self.has_new = False

    def add(self, folder: Path) -> None:
        """Add a folder that is on another device than its parent."""
        self.has_new |= folder not in self._mounts
        self._mounts.add(folder)

    def are_mounted(self, paths: Set[Path]) -> bool:
        """Return whether all mount points that are at, above or below some paths have something mounted."""
        paths_and_parents = {folder for path in paths for folder in (path, *path.parents)}
        near = (mount for mount in self._mounts if mount in paths_and_parents or not paths.isdisjoint(mount.parents))
        return all(map(is_mount, near))

    def offline(self) -> frozenset[Path]:
        """Return the mount points that have nothing mounted now and are empty or missing."""
        return frozenset(mount for mount in self._mounts if not is_mount(mount) and not has_content(mount))

    def after_walk(self, offline_before: frozenset[Path]) -> Mounts:
        """Return the state after a walk; mount points that were offline before the walk or are now count as offline.

        A folder that has content but nothing mounted is an ordinary folder by now, and is left out.
        """
        offline = offline_before | self.offline()
        return Mounts(frozenset(mount for mount in self._mounts - offline if is_mount(mount)), offline)


def is_mount(folder: Path) -> bool:
    """Return whether a folder is on another device than its parent."""
    try:
        return identity(folder)[0] != identity(folder.parent)[0]
    except OSError as error:
        return not is_not_found(error)  # an inaccessible folder fails again when it is listed, with the reason


def _is_excluded(folder: Path, exclusion: Exclusion) -> bool:
    """Return whether a folder or one of its parents is excluded. The folder need not exist."""
    return any(exclusion.excludes(path, is_folder=True) for path in accumulate(folder.parts, "{}/{}".format))
