"""Finds roots again on drives that come back under another mount point or drive letter."""

from __future__ import annotations

import os
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, TypeVar

import psutil

from core.errors import FolderError
from core.folders.nesting import RealPaths, checked, is_online, overlap, real_path
from core.folders.timeouts import TimedCalls
from core.types import PhotoFile

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from core.types import Root

P = TypeVar("P", bound=PurePath)
T = TypeVar("T")

TIMEOUT_SECONDS = 15.0
"""Seconds to wait for a drive: a sleeping one needs ten to spin up."""

SYSTEM_MOUNTS = ("/boot", "/dev", "/etc", "/proc", "/run", "/snap", "/sys", "/System", "/usr", "/var/lib")

SECOND = 10**9
"""One second in nanoseconds, the unit of file times and of the constants below."""

FAT_STEP = 2 * SECOND
FAT_SHIFT = 26 * 3600 * SECOND
TIME_ZONE_STEP = 15 * 60 * SECOND


@dataclass(frozen=True, slots=True)
class LocatedRoots:
    """The roots that were found: those `online` at the path in the catalog, and those `moved`, with their new paths.

    Roots that were not found or whose drive does not answer are in neither.
    """

    online: tuple[Root, ...]
    moved: tuple[Root, ...]


def is_drive(mount: PurePath, kind: str) -> bool:
    """Return whether a mount point can hold photos: not one of the system, nor one that mounts on access (autofs)."""
    is_system = any(mount.is_relative_to(folder) for folder in SYSTEM_MOUNTS) and not mount.is_relative_to("/run/media")
    return not is_system and kind != "autofs"


def find_mounts() -> list[Path]:
    """Return the mount points of drives and network shares."""
    try:
        partitions = psutil.disk_partitions(all=True)  # without `all`, network shares are missing on every system
    except OSError:
        return []
    mounts = [(Path(partition.mountpoint), partition.fstype) for partition in partitions]
    return [mount for mount, kind in mounts if is_drive(mount, kind)]


def candidates(path: P, mount: P) -> Iterator[P]:
    """Yield every path that a folder may have on a drive, as any leading part of the old path may be its mount point.

    The longest path comes first.
    """
    parts = path.parts[1:]
    for start in range(len(parts) + 1):
        yield mount.joinpath(*parts[start:])


def identifies_root(sample: Sequence[PhotoFile]) -> bool:
    """Return whether a sample is enough to recognise a root: the sizes of at least half of its photos are known."""
    return bool(sample) and 2 * sum(photo.size >= 0 for photo in sample) >= len(sample)


def fits(folder: Path, sample: Sequence[PhotoFile], max_missing: int = 0) -> bool:
    """Return whether a folder has the photos of a sample (paths relative to it), up to a number of missing ones."""
    missing = 0
    for photo in sample:
        missing += not _has(folder, photo)
        if missing > max_missing:
            return False
    return bool(sample)


def _has(folder: Path, photo: PhotoFile) -> bool:
    try:
        file = PhotoFile.of(photo.path, (folder / photo.path).stat())
    except OSError:
        return False
    return (photo.size < 0 or photo.size == file.size) and may_be_same_time(file.mtime_ns, photo.mtime_ns)


def may_be_same_time(one: int, other: int) -> bool:
    """Return whether two file times in ns may be the same moment on different file systems.

    FAT stores even seconds only, and local time, which is read back in whatever time zone is set then.
    """
    difference = abs(one - other)
    rest = difference % TIME_ZONE_STEP
    return min(rest, TIME_ZONE_STEP - rest) <= FAT_STEP and difference <= FAT_SHIFT + FAT_STEP


def find_on(mount: Path, root: Root, sample: Sequence[PhotoFile], others: Sequence[Root]) -> Path | None:
    """Return the folder on a drive that has the complete sample of a root and shares no photos with other roots."""
    with suppress(OSError):  # links may change while they are followed
        for folder in candidates(root.path, mount):
            if os.path.isdir(folder) and fits(folder, sample):
                path = real_path(folder)
                if not any(overlap(path, real_path(other.path)) for other in others):
                    return folder
    return None


def _no_answer(folder: Path) -> FolderError:
    return FolderError(f"The folder {folder} does not answer. Check its drive or network share, then try again.")


class Drives:
    """Accesses drives with a timeout. A drive that does not answer delays only one call until it answers again."""

    def __init__(self, mounts: Callable[[], Sequence[Path]] = find_mounts, timeout: float = TIMEOUT_SECONDS) -> None:
        self._mounts = mounts
        self._calls = TimedCalls(timeout)

    def online(self, roots: Mapping[Root, bool]) -> dict[Root, bool]:
        """Return whether each root is online at its path in the catalog, given whether it has photos.

        Roots whose drive does not answer are left out.
        """
        results = self._calls.run({root.path: partial(is_online, root, photos) for root, photos in roots.items()})
        return {root: results[root.path] for root in roots if root.path in results}

    def locate(self, samples: Mapping[Root, Sequence[PhotoFile]]) -> LocatedRoots:
        """Return where the roots are now, given all roots of the catalog with a sample of their photos.

        A moved root is found only by its complete sample, because an older copy of the drive has most of it too. If a
        photo of the sample was changed or deleted on another computer, the root is not found here, but `recognise`
        finds it when the user adds its folder.
        """
        is_root_online = self._online(samples)
        online = [root for root, is_online in is_root_online.items() if is_online]
        offline = [root for root, is_online in is_root_online.items() if not is_online]
        missing = [root for root in offline if identifies_root(samples[root])]
        mounts = self._drives() if missing else []
        moved: dict[Root, Root] = {}
        for root in missing:
            # Nested roots keep their photos apart wherever they are, so they are no obstacle to each other.
            others = [moved.get(other, other) for other in [*online, *moved] if not overlap(root.path, other.path)]
            if path := self._find(root, samples[root], others, mounts):
                moved[root] = replace(root, path=path)
        return LocatedRoots(tuple(online), tuple(moved.values()))

    def checked(self, folder: Path) -> Path:
        """Return the absolute path of a folder whose content can be listed.

        Raises:
            FolderError: It does not exist, is not a folder, cannot be read, or its drive does not answer.
        """
        return self._call(folder, partial(checked, folder))

    def recognise(self, folder: Path, samples: Mapping[Root, Sequence[PhotoFile]]) -> Root | None:
        """Return the offline root whose photos a folder has, with the folder as its path, or None.

        Four fifths of the sample are enough, because the user has chosen the folder.

        Raises:
            FolderError: The drive of the folder does not answer.
        """
        offline = [root for root, is_online in self._online(samples).items() if not is_online]

        def find() -> list[Root]:
            return [root for root in offline if fits(folder, samples[root], max_missing=len(samples[root]) // 5)]

        fitting = self._call(folder, find)
        return replace(fitting[0], path=folder) if fitting else None

    def real(self, folders: Sequence[Path], roots: Sequence[Root]) -> RealPaths:
        """Return the paths, with links resolved, of some folders and of those roots whose drive answers.

        None of them need exist.

        Raises:
            FolderError: The drive of one of the folders does not answer.
        """
        paths = [*folders, *(root.path for root in roots)]
        resolved = self._calls.run({path: partial(real_path, path) for path in paths})
        if silent := [folder for folder in folders if folder not in resolved]:
            raise _no_answer(silent[0])
        return RealPaths(resolved)

    def close(self) -> None:
        """Stop waiting for drives. May be called from any thread."""
        self._calls.close()

    def _call(self, folder: Path, call: Callable[[], T]) -> T:
        """Return the result of a call about a folder. Raises a `FolderError` of the call, or one if it times out."""

        def result_or_error() -> T | FolderError:
            try:
                return call()
            except FolderError as error:
                return error

        results = self._calls.run({folder: result_or_error})
        if folder not in results:
            raise _no_answer(folder)
        result = results[folder]
        if isinstance(result, FolderError):
            raise result
        return result

    def _online(self, samples: Mapping[Root, Sequence[PhotoFile]]) -> dict[Root, bool]:
        return self.online({root: bool(sample) for root, sample in samples.items()})

    def _drives(self) -> Sequence[Path]:
        # With a timeout as well, because Windows queries each drive when it lists them.
        key = Path()
        return self._calls.run({key: self._mounts}).get(key, [])

    def _find(
        self, root: Root, sample: Sequence[PhotoFile], others: Sequence[Root], mounts: Sequence[Path]
    ) -> Path | None:
        for mount in mounts:
            if path := self._calls.run({mount: partial(find_on, mount, root, sample, others)}).get(mount):
                return path
        return None
