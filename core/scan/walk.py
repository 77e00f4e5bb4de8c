"""Scanning a root completely, or only those of its parts that have changed."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.scan.entries import has_content, identity, is_folder, is_link, is_not_found, is_photo
from core.scan.exclusion import Exclusion, is_hidden
from core.scan.mounts import MountPoints, is_mount
from core.types import Failure, PhotoFile, Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

    from core.scan.mounts import Mounts

NO_RULES = Rules()


class NeedsWalkError(Exception):
    """Scanning the changed paths is not enough to know the state of the root: walk the complete root instead."""


@dataclass(slots=True)
class Listing:
    """The photos found directly in one folder, and what was skipped there.

    - `ignored` counts skipped files, excluded folders, and links to folders or files that are scanned anyway.
    - `closed` has the folders that could not be listed, with the reasons. The state of their photos is unknown.
    - `dangling` has links whose target does not exist, perhaps because its drive is offline.
    - `mounts` covers the complete root. Only the last listing of a walk has it.
    """

    photos: list[PhotoFile] = field(default_factory=list)
    ignored: int = 0
    closed: list[Failure] = field(default_factory=list)
    dangling: list[Path] = field(default_factory=list)
    mounts: Mounts | None = None


class _Folder(NamedTuple):
    """A folder to scan: its path, and the prefix that makes an entry's name a path relative to the root."""

    path: str
    prefix: str

    def subfolder(self, name: str) -> _Folder:
        return _Folder(os.path.join(self.path, name), f"{self.prefix}{name}/")


def walk(
    root: Path, leave_out: Iterable[Path] = (), rules: Rules = NO_RULES, mounts: Iterable[Path] = ()
) -> Iterator[Listing]:
    """Yield a listing for the root and for each folder below it. Stop iterating to cancel the walk.

    Hidden folders, system folders and those to `leave_out` (the library, other roots) are skipped with their content.
    Each folder is visited once: by its own path if that is inside the root, otherwise by the path of a link to it.
    Linked files come last, and only those whose own folder is not visited. The last listing has the mount points in
    the root; pass those of the previous walk as `mounts`.
    """
    scan = _Scan(root, leave_out, rules, mounts)
    had_content, offline = has_content(root), scan.mounts.offline()
    yield from scan.everything()
    if had_content and not has_content(root):
        # The drive was unplugged during the walk, so photos that were not found may still exist.
        yield Listing(
            closed=[Failure(root, "The folder went offline during the scan. Its photos stay in the library.")]
        )
    yield Listing(mounts=scan.mounts.after_walk(offline))


def scan_paths(
    root: Path, leave_out: Iterable[Path], rules: Rules, paths: Iterable[Path], mounts: Iterable[Path] = ()
) -> Iterator[Listing]:
    """Yield what `walk` would at and below some files and folders in the root, which need not exist any more.

    Raises:
        NeedsWalkError: A link or a new mount point is among the paths, above them or below them; nothing is mounted
            any more on one of the `mounts` near them; the root itself is one of the paths; or the root is missing or
            empty, so that it may be the mount point of an offline drive. This can happen at any step: discard all
            listings then.
    """
    scan = _Scan(root, leave_out, rules, mounts)
    changed = frozenset(paths)
    if root in changed or not scan.mounts.are_mounted(changed):
        raise NeedsWalkError
    names_by_folder: dict[Path, set[str]] = {}
    for path in sorted(changed):  # parents first, so that the scan of a folder covers the changed paths inside it
        names_by_folder.setdefault(path.parent, set()).add(path.name)
    for folder, names in names_by_folder.items():
        if scan.visits(folder):
            for listing in scan.below(scan.folder(folder), names):
                if scan.needs_walk():
                    raise NeedsWalkError
                yield listing
    if not has_content(root) or not scan.mounts.are_mounted(changed):
        raise NeedsWalkError


class _Scan:
    """The state of one scan of a root."""

    def __init__(self, root: Path, leave_out: Iterable[Path], rules: Rules, mounts: Iterable[Path]) -> None:
        self._root = root
        self._smallest = rules.smallest
        self._exclusion = Exclusion(rules.exclude)
        self.mounts = MountPoints(root, mounts, self._exclusion)
        self._left_out: set[tuple[int, int]] = set()
        for path in leave_out:
            with suppress(OSError):
                # By identity rather than path, because links may lead to the same folder.
                self._left_out.add(identity(path))
        self._root_identity: set[tuple[int, int]] = set()
        with suppress(OSError):
            self._root_identity.add(identity(root))
        self._left_out -= self._root_identity
        self._visited = set(self._left_out)
        self._linked_folders: deque[_Folder] = deque()
        self._linked_files: list[os.DirEntry[str]] = []
        self._visits: dict[Path, bool] = {root: True}

    def everything(self) -> Iterator[Listing]:
        """Yield the listings of the complete root: first of the folders inside it, then of linked ones."""
        yield from self.below(self.folder(self._root))
        linked = Listing()
        while self._linked_folders:
            folder = self._linked_folders.popleft()
            if self._is_target_covered(folder.path):
                linked.ignored += 1
            else:
                yield from self.below(folder)
        if self._linked_files:
            self._add_linked_files(linked)
        if linked.photos or linked.ignored:
            yield linked

    def below(self, top: _Folder, names: Collection[str] | None = None) -> Iterator[Listing]:
        """Yield the listings of a folder and of those below it, and put links aside.

        Of the entries of the top folder, only those in `names` are scanned, if it is given.
        """
        waiting: list[tuple[_Folder, int | None]] = [(top, None)]
        while waiting:
            folder, parent_device = waiting.pop()
            listing = Listing()
            try:
                folder_identity = identity(folder.path)
                if folder_identity in self._visited:
                    continue
                self._visited.add(folder_identity)
                device = folder_identity[0]
                if parent_device not in {None, device}:
                    self.mounts.add(Path(folder.path))
                with os.scandir(folder.path) as entries:
                    wanted = [entry for entry in entries if names is None or entry.name in names]
            except OSError as error:
                listing.closed.append(_closed(folder.path, error))
            else:
                names = None
                wanted.sort(key=attrgetter("name"))
                subfolders = self._sort_entries(wanted, folder, listing)
                waiting += [(subfolder, device) for subfolder in reversed(subfolders)]
            yield listing

    def folder(self, path: Path) -> _Folder:
        """Return the folder at a path inside the root, ready to be scanned."""
        prefix = "" if path == self._root else f"{path.relative_to(self._root).as_posix()}/"
        return _Folder(str(path), prefix)

    def needs_walk(self) -> bool:
        """Return whether the scan met a link that it does not skip, or a new mount point."""
        return bool(self._linked_folders or self._linked_files or self.mounts.has_new)

    def visits(self, folder: Path) -> bool:
        """Return whether a walk would reach a folder inside the root by its own path."""
        if folder not in self._visits:
            self._visits[folder] = self.visits(folder.parent) and self._enters(folder)
        return self._visits[folder]

    def _enters(self, folder: Path) -> bool:
        try:
            folder_identity = identity(folder)
        except OSError as error:
            return not is_not_found(error)  # an inaccessible folder fails again when it is listed, with the reason
        if not folder.is_dir() or is_hidden(folder, folder.parent.name):
            return False
        if self._exclusion.excludes(self.folder(folder).prefix[:-1], is_folder=True):
            return False
        if is_link(folder):
            raise NeedsWalkError
        if folder_identity in self._left_out:
            return False
        if is_mount(folder):
            self.mounts.add(folder)
        return True

    def _sort_entries(self, entries: list[os.DirEntry[str]], folder: _Folder, listing: Listing) -> list[_Folder]:
        """Add the files of a folder to its listing, put links aside, and return the subfolders to scan."""
        subfolders = []
        parent = os.path.basename(folder.path)
        for entry in entries:
            is_subfolder = is_folder(entry)
            is_skipped = is_subfolder and is_hidden(entry, parent)
            if is_skipped or self._exclusion.excludes(folder.prefix + entry.name, is_folder=is_subfolder):
                listing.ignored += 1
            elif not is_subfolder:
                self._add_file(entry, folder, listing)
            elif is_link(entry):
                self._linked_folders.append(folder.subfolder(entry.name))
            else:
                subfolders.append(folder.subfolder(entry.name))
        return subfolders

    def _add_file(self, entry: os.DirEntry[str], folder: _Folder, listing: Listing) -> None:
        if entry.is_symlink():
            self._linked_files.append(entry)
            return
        try:
            self._add_photo(entry, listing)
        except FileNotFoundError:
            listing.ignored += 1  # deleted since the folder was listed
        except OSError as error:
            # The name is still listed, so the photo must not count as deleted. One failure per folder is enough,
            # because the other files fail in the same way.
            listing.ignored += 1
            listing.closed = listing.closed or [_closed(folder.path, error)]

    def _add_linked_files(self, listing: Listing) -> None:
        targets: set[tuple[int, int]] = set()
        for entry in self._linked_files:
            try:
                target = identity(entry.path)
                if target in targets or self._is_target_covered(entry.path):
                    listing.ignored += 1
                else:
                    targets.add(target)
                    self._add_photo(entry, listing)
            except OSError as error:
                listing.ignored += 1
                if is_not_found(error):
                    listing.dangling.append(Path(entry.path))
                else:
                    listing.closed.append(_closed(entry.path, error))

    def _add_photo(self, entry: os.DirEntry[str], listing: Listing) -> None:
        # Pipes and devices are never opened, because reading one may block forever.
        if entry.is_file():
            status = entry.stat()
            if status.st_size >= self._smallest and is_photo(entry):
                listing.photos.append(PhotoFile.of(Path(entry.path), status))
                return
        listing.ignored += 1

    def _is_target_covered(self, link: str) -> bool:
        """Return whether the target of a link is, or lies in, a folder that is visited or left out."""
        target = Path(os.path.realpath(link))
        try:
            near = {identity(target), identity(target.parent)} if target.is_file() else {identity(target)}
            # The root counts as well, because it may itself be inside a folder that is left out.
            boundaries = self._left_out | self._root_identity
            nearest = next((folder for folder in map(identity, target.parents) if folder in boundaries), None)
            return not near.isdisjoint(self._visited) or nearest in self._left_out
        except OSError:
            return False


def _closed(path: str, error: OSError) -> Failure:
    return Failure(Path(path), f"The folder cannot be read: {error.strerror}. Its photos stay in the library.")
