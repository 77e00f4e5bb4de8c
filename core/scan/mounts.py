"""Folders inside a root on which drives and network shares are mounted.

Windows makes links of them, which cannot be listed while their drive is away. A folder that is mounted a second time,
on one of the same device, is not told from any other.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING

from core.scan.entries import has_content, identity, leads_nowhere

if TYPE_CHECKING:
    from collections.abc import Iterable, Set
    from pathlib import Path

    from core.scan.exclusion import Exclusion


@dataclass(frozen=True, slots=True)
class Mounts:
    """The mount points inside a root: those in use, and those that are `away`, empty or not even there."""

    used: frozenset[Path]
    away: frozenset[Path]


class MountPoints:
    """What one look into a root knows of its mount points: those `noted` before, and new ones that it meets."""

    def __init__(self, root: Path, noted: Iterable[Path], exclusion: Exclusion) -> None:
        """Take note of those that the rules do not exclude."""
        self._known = {mount for mount in noted if not _is_excluded(mount.relative_to(root), exclusion)}
        self.has_new = False

    def meet(self, folder: Path) -> None:
        """Take note of a folder that is on another device than the one that it is in."""
        self.has_new |= folder not in self._known
        self._known.add(folder)

    def are_used(self, paths: Set[Path]) -> bool:
        """Tell whether something is mounted on all those that hold one of some paths, or are at or below it."""
        holding = {above for path in paths for above in (path, *path.parents)}
        near = (mount for mount in self._known if mount in holding or not paths.isdisjoint(mount.parents))
        return all(map(is_mount, near))

    def away(self) -> frozenset[Path]:
        """Return those that are away now."""
        return frozenset(mount for mount in self._known if not is_mount(mount) and not has_content(mount))

    def after(self, away: frozenset[Path]) -> Mounts:
        """Return how they are after a walk before which some were away.

        Where nothing is mounted now, but something is in the folder, it is one like any other.
        """
        away |= self.away()
        return Mounts(frozenset(mount for mount in self._known - away if is_mount(mount)), away)


def is_mount(folder: Path) -> bool:
    """Tell whether a folder is on another device than the one that it is in."""
    try:
        return identity(folder)[0] != identity(folder.parent)[0]
    except OSError as error:
        return not leads_nowhere(error)  # else listing it fails too, and says why


def _is_excluded(folder: Path, exclusion: Exclusion) -> bool:
    """Tell whether a folder, be it there or not, is excluded, or one that it is in."""
    return any(exclusion.excludes(path, is_folder=True) for path in accumulate(folder.parts, "{}/{}".format))
