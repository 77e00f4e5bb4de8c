"""Walking a photo folder, or only those of its parts that have changed."""

from __future__ import annotations

import os
from collections import deque
from contextlib import suppress
from operator import attrgetter
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from core.scan.entries import has_content, identity, is_folder, is_link, is_photo, leads_nowhere
from core.scan.exclusion import Exclusion, is_hidden
from core.scan.listing import Listing
from core.scan.mounts import MountPoints, is_mount
from core.types import Failure, PhotoFile, Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator

NO_RULES = Rules()


class NeedsWalkError(Exception):
    """Looking at what changed does not tell how the root is now: it has to be walked as a whole."""


class _Place(NamedTuple):
    """A folder to look into: its path, and what its path in the root begins those of its entries with."""

    path: str
    prefix: str

    def inside(self, name: str) -> _Place:
        return _Place(os.path.join(self.path, name), f"{self.prefix}{name}/")


def walk(
    root: Path, leave_out: Iterable[Path] = (), rules: Rules = NO_RULES, mounts: Iterable[Path] = ()
) -> Iterator[Listing]:
    """Yield what is in the root and in each folder below it, one folder at a time, so that a walk can be given up.

    Hidden and system folders are passed over, and so are those to `leave_out` (the library, other roots) with what is
    in them. Each folder is visited once: by its own path where it has one in the root, else by that of a link to it.
    Linked files come last, where the folder of the file itself is not visited. At the end it tells of the mount points
    in the root; those that were found in it before are the `mounts`.
    """
    scan = _Scan(root, leave_out, rules, mounts)
    had_content, away = has_content(root), scan.mounts.away()
    yield from scan.everything()
    if had_content and not has_content(root):
        # Its drive was pulled out in the middle, so what was not found may well be there.
        yield Listing(closed=[Failure(root, "The folder went away while it was looked through. Its photos are kept.")])
    yield Listing(mounts=scan.mounts.after(away))


def scan_paths(
    root: Path, leave_out: Iterable[Path], rules: Rules, paths: Iterable[Path], mounts: Iterable[Path] = ()
) -> Iterator[Listing]:
    """Yield what `walk` would at and below some paths in the root: files and folders, of which any may be gone.

    Raises:
        NeedsWalkError: At any step; what came until then is not to be used. There is a link or a new mount point among
            them, on the way to them or below them, or one of the `mounts` that is in use no more; the root itself is
            one of them; or it is not there, or empty, so that it may be the mount point of a drive that is away.
    """
    scan = _Scan(root, leave_out, rules, mounts)
    changed = frozenset(paths)
    if root in changed or not scan.mounts.are_used(changed):
        raise NeedsWalkError
    inside: dict[Path, set[str]] = {}
    for path in sorted(changed):  # a folder before what is in it, which has been seen by then
        inside.setdefault(path.parent, set()).add(path.name)
    for folder, names in inside.items():
        if scan.visits(folder):
            for found in scan.below(scan.place(folder), names):
                if scan.needs_walk():
                    raise NeedsWalkError
                yield found
    if not has_content(root) or not scan.mounts.are_used(changed):
        raise NeedsWalkError


class _Scan:
    """What one walk has seen so far."""

    def __init__(self, root: Path, leave_out: Iterable[Path], rules: Rules, mounts: Iterable[Path]) -> None:
        self._root = root
        self._smallest = rules.smallest
        self._exclusion = Exclusion(rules.exclude)
        self.mounts = MountPoints(root, mounts, self._exclusion)
        self._left_out: set[tuple[int, int]] = set()
        for path in leave_out:
            with suppress(OSError):
                # By what it is, not by its path: there may be a link on the way to it.
                self._left_out.add(identity(path))
        self._itself: set[tuple[int, int]] = set()
        with suppress(OSError):
            self._itself.add(identity(root))
        self._left_out -= self._itself
        self._seen = set(self._left_out)
        self._linked_folders: deque[_Place] = deque()
        self._linked_files: list[os.DirEntry[str]] = []
        self._visits: dict[Path, bool] = {root: True}

    def everything(self) -> Iterator[Listing]:
        """Yield what is in the root: first by the paths of its own, then by links."""
        yield from self.below(self.place(self._root))
        linked = Listing()
        while self._linked_folders:
            place = self._linked_folders.popleft()
            if self._is_seen_elsewhere(place.path):
                linked.ignored += 1
            else:
                yield from self.below(place)
        if self._linked_files:
            self._add_linked(linked)
        if linked.photos or linked.ignored:
            yield linked

    def below(self, top: _Place, names: Collection[str] | None = None) -> Iterator[Listing]:
        """Yield what is in a folder (of these names, if any are given) and below it, without what is only linked."""
        waiting: list[tuple[_Place, int | None]] = [(top, None)]
        while waiting:
            place, outside = waiting.pop()
            found = Listing()
            try:
                itself = identity(place.path)
                if itself in self._seen:
                    continue
                self._seen.add(itself)
                if outside not in {None, itself[0]}:
                    self.mounts.meet(Path(place.path))
                with os.scandir(place.path) as entries:
                    inside = [entry for entry in entries if names is None or entry.name in names]
            except OSError as error:
                found.closed.append(_closed(place.path, error))
            else:
                names = None
                inside.sort(key=attrgetter("name"))
                waiting += [(each, itself[0]) for each in reversed(self._sort(inside, place, found))]
            yield found

    def place(self, folder: Path) -> _Place:
        """Return a folder of the root as one to look into."""
        relative = "" if folder == self._root else f"{folder.relative_to(self._root).as_posix()}/"
        return _Place(str(folder), relative)

    def needs_walk(self) -> bool:
        """Tell whether a link was met that is not passed over, or a new mount point."""
        return bool(self._linked_folders or self._linked_files or self.mounts.has_new)

    def visits(self, folder: Path) -> bool:
        """Tell whether a walk gets into a folder of the root, by its path."""
        if folder not in self._visits:
            self._visits[folder] = self.visits(folder.parent) and self._is_visited(folder)
        return self._visits[folder]

    def _is_visited(self, folder: Path) -> bool:
        try:
            itself = identity(folder)
        except OSError as error:
            return not leads_nowhere(error)  # else listing it fails too, and says why
        if not folder.is_dir() or is_hidden(folder):
            return False
        if self._exclusion.excludes(self.place(folder).prefix[:-1], is_folder=True):
            return False
        if is_link(folder):
            raise NeedsWalkError
        if itself in self._left_out:
            return False
        if is_mount(folder):
            self.mounts.meet(folder)
        return True

    def _sort(self, inside: list[os.DirEntry[str]], place: _Place, found: Listing) -> list[_Place]:
        """Take the files of a folder, keep links for later, and return the folders to look into now."""
        folders = []
        for entry in inside:
            holds_others = is_folder(entry)
            if holds_others and is_hidden(entry):
                continue
            if self._exclusion and self._exclusion.excludes(place.prefix + entry.name, is_folder=holds_others):
                found.ignored += 1
            elif not holds_others:
                self._take(entry, place, found)
            elif is_link(entry):
                self._linked_folders.append(place.inside(entry.name))
            else:
                folders.append(place.inside(entry.name))
        return folders

    def _take(self, entry: os.DirEntry[str], place: _Place, found: Listing) -> None:
        if entry.is_symlink():
            self._linked_files.append(entry)
            return
        try:
            self._add(entry, found)
        except FileNotFoundError:
            found.ignored += 1  # gone since the folder was listed
        except OSError as error:
            # Its name is there, so nobody may say that it is gone. Once is enough: the others fail alike.
            found.ignored += 1
            found.closed = found.closed or [_closed(place.path, error)]

    def _add_linked(self, found: Listing) -> None:
        targets: set[tuple[int, int]] = set()
        for entry in self._linked_files:
            try:
                target = identity(entry.path)
                if target in targets or self._is_seen_elsewhere(entry.path):
                    found.ignored += 1
                else:
                    targets.add(target)
                    self._add(entry, found)
            except OSError as error:
                found.ignored += 1
                if leads_nowhere(error):
                    found.dangling.append(Path(entry.path))
                else:
                    found.closed.append(_closed(entry.path, error))

    def _add(self, entry: os.DirEntry[str], found: Listing) -> None:
        # Neither a pipe nor a device is ever opened: reading one may wait for ever.
        if entry.is_file():
            status = entry.stat()
            if status.st_size >= self._smallest and is_photo(entry):
                found.photos.append(PhotoFile(Path(entry.path), status.st_size, status.st_mtime_ns))
                return
        found.ignored += 1

    def _is_seen_elsewhere(self, link: str) -> bool:
        """Tell whether what a link leads to is itself, or is in, a folder that is visited or left out."""
        target = Path(os.path.realpath(link))
        try:
            near = {identity(target), identity(target.parent)} if target.is_file() else {identity(target)}
            # The root may itself be in a folder that is left out.
            ends = self._left_out | self._itself
            end = next((folder for folder in map(identity, target.parents) if folder in ends), None)
            return not near.isdisjoint(self._seen) or end in self._left_out
        except OSError:
            return False


def _closed(path: str, error: OSError) -> Failure:
    return Failure(Path(path), f"The folder cannot be listed: {error.strerror}. What is known of it is kept.")
