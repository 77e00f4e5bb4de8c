"""Finding roots again on drives that come back under another mount point or drive letter."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeVar

import psutil

from core.errors import FolderError
from core.folders.nesting import RealPaths, checked, is_there, overlap, real
from core.folders.timeouts import TimedCalls

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.types import PhotoFile, Root

P = TypeVar("P", bound=PurePath)
T = TypeVar("T")

PATIENCE = 15.0
"""Seconds that a drive has for an answer: one that sleeps needs ten to wake up."""

SYSTEM = ("/boot", "/dev", "/etc", "/proc", "/run", "/snap", "/sys", "/System", "/usr", "/var/lib")
SECOND = 10**9
FAT_STEP = 2 * SECOND
FAT_SHIFT = 26 * 3600 * SECOND
TIME_ZONE_STEP = 15 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class Sighting:
    """Which roots are where the catalog has them, and which others were found, with the paths that they have now.

    Those that were not found, or whose drive does not answer, are in neither.
    """

    here: tuple[Root, ...]
    moved: tuple[Root, ...]


def is_drive(mount: PurePath, kind: str) -> bool:
    """Tell whether photos may be there: it is not the system's own, nor mounted only when somebody looks at it."""
    is_system = any(mount.is_relative_to(folder) for folder in SYSTEM) and not mount.is_relative_to("/run/media")
    return not is_system and kind != "autofs"


def find_mounts() -> list[Path]:
    """Return where drives and network shares are mounted."""
    try:
        found = psutil.disk_partitions(all=True)  # or network shares are left out, on every system
    except OSError:
        return []
    mounts = [(Path(each.mountpoint), each.fstype) for each in found]
    return [mount for mount, kind in mounts if is_drive(mount, kind)]


def candidates(path: P, mount: P) -> Iterator[P]:
    """Yield the paths that a folder may have on a drive, whatever part of its path was the drive's."""
    parts = path.parts[1:]
    for start in range(len(parts) + 1):
        yield mount.joinpath(*parts[start:])


def is_telling(sample: Sequence[PhotoFile]) -> bool:
    """Tell whether a folder that has all of a sample must be the one: at least half of it has a known size."""
    return bool(sample) and 2 * sum(photo.size >= 0 for photo in sample) >= len(sample)


def fits(folder: Path, sample: Sequence[PhotoFile], to_spare: int = 0) -> bool:
    """Tell whether a folder has the photos of a sample, which have paths relative to it; some may be missing."""
    for photo in sample:
        to_spare -= not _has(folder, photo)
        if to_spare < 0:
            return False
    return bool(sample)


def _has(folder: Path, photo: PhotoFile) -> bool:
    try:
        status = (folder / photo.path).stat()
    except OSError:
        return False
    return (photo.size < 0 or photo.size == status.st_size) and may_be_same_time(status.st_mtime_ns, photo.mtime_ns)


def may_be_same_time(one: int, other: int) -> bool:
    """Tell whether two times in ns may be one: FAT has even seconds, and local time, in whatever zone it is read."""
    difference = abs(one - other)
    rest = difference % TIME_ZONE_STEP
    return min(rest, TIME_ZONE_STEP - rest) <= FAT_STEP and difference <= FAT_SHIFT + FAT_STEP


def find_on(mount: Path, root: Root, sample: Sequence[PhotoFile], others: Sequence[Root]) -> Path | None:
    """Return the folder on a drive that has the whole sample of a root and shares no photos with other roots."""
    with suppress(OSError):  # links that are changed while they are followed
        for folder in candidates(root.path, mount):
            if os.path.isdir(folder) and fits(folder, sample):
                place = real(folder)
                if not any(overlap(place, real(other.path)) for other in others):
                    return folder
    return None


def _silent(folder: Path) -> FolderError:
    return FolderError(f"The folder {folder} does not answer. See to its drive or network share, then try again.")


class Drives:
    """Looks at drives. One that does not answer holds up the caller once, and is left alone until it does."""

    def __init__(self, mounts: Callable[[], Sequence[Path]] = find_mounts, patience: float = PATIENCE) -> None:
        """Take note; no drive is looked at yet."""
        self._mounts = mounts
        self._patience = TimedCalls(patience)

    def presence(self, roots: Mapping[Root, bool]) -> dict[Root, bool]:
        """Return whether roots are where the catalog has them; each comes with whether it has photos.

        Those of which nothing can be told, as their drive does not answer, are left out.
        """
        answers = self._patience.ask({root.path: partial(is_there, root, photos) for root, photos in roots.items()})
        return {root: answers[root.path] for root in roots if root.path in answers}

    def look(self, samples: Mapping[Root, Sequence[PhotoFile]]) -> Sighting:
        """Return where the roots are: all that the catalog has, each with a sample of its photos.

        A root is found elsewhere by its whole sample only, as an older copy of the drive has most of it too. One of
        whose sample something was changed or deleted elsewhere is not found, but it is recognised when it is added.
        """
        presence = self._presence(samples)
        here = [root for root, is_here in presence.items() if is_here]
        sought = [root for root, is_here in presence.items() if not is_here and is_telling(samples[root])]
        mounts = self._drives() if sought else []
        moved: dict[Root, Root] = {}
        for root in sought:
            # One that it was inside of, or that was inside it, is told apart from it wherever they are.
            strangers = [moved.get(other, other) for other in [*here, *moved] if not overlap(root.path, other.path)]
            if path := self._find(root, samples[root], strangers, mounts):
                moved[root] = replace(root, path=path)
        return Sighting(tuple(here), tuple(moved.values()))

    def checked(self, folder: Path) -> Path:
        """Return the absolute path of a folder whose content can be listed.

        Raises:
            FolderError: It is not there, not a folder, or may not be read, or its drive does not answer.
        """
        return self._insist(folder, partial(checked, folder))

    def recognise(self, folder: Path, samples: Mapping[Root, Sequence[PhotoFile]]) -> Root | None:
        """Return the root whose photos a folder has, with that path, if the root is not where the catalog has it.

        Four in five of its sample are enough: it is the user who says that they are here.

        Raises:
            FolderError: The drive of the folder does not answer.
        """
        away = [root for root, is_here in self._presence(samples).items() if not is_here]

        def find() -> list[Root]:
            return [root for root in away if fits(folder, samples[root], to_spare=len(samples[root]) // 5)]

        fitting = self._insist(folder, find)
        return replace(fitting[0], path=folder) if fitting else None

    def real(self, folders: Sequence[Path], roots: Sequence[Root]) -> RealPaths:
        """Return the paths without links of folders, and of those of the roots that answer, be they there or not.

        Raises:
            FolderError: The drive of one of the folders does not answer.
        """
        places = [*folders, *(root.path for root in roots)]
        told = self._patience.ask({place: partial(real, place) for place in places})
        if silent := [folder for folder in folders if folder not in told]:
            raise _silent(silent[0])
        return RealPaths(told)

    def close(self) -> None:
        """Wait for no drive any more. May be called from any thread."""
        self._patience.close()

    def _insist(self, folder: Path, look: Callable[[], T]) -> T:
        def answer() -> T | FolderError:
            try:
                return look()
            except FolderError as error:
                return error

        answers = self._patience.ask({folder: answer})
        if folder not in answers:
            raise _silent(folder)
        found = answers[folder]
        if isinstance(found, FolderError):
            raise found
        return found

    def _presence(self, samples: Mapping[Root, Sequence[PhotoFile]]) -> dict[Root, bool]:
        return self.presence({root: bool(sample) for root, sample in samples.items()})

    def _drives(self) -> Sequence[Path]:
        # Windows asks each drive for its name.
        here = Path()
        return self._patience.ask({here: self._mounts}).get(here, [])

    def _find(
        self, root: Root, sample: Sequence[PhotoFile], others: Sequence[Root], mounts: Sequence[Path]
    ) -> Path | None:
        for mount in mounts:
            if path := self._patience.ask({mount: partial(find_on, mount, root, sample, others)}).get(mount):
                return path
        return None
