"""Comparing a folder with the catalog: which photos are new, changed, unchanged or gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.types import Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from core.catalog.snapshot import RecordedPhoto
    from core.scan.mounts import Mounts
    from core.scan.walk import Listing
    from core.types import Changes, PhotoFile, Root


NOT_CONNECTED = (
    "The drive or network share of this folder is not connected. Its photos are kept. Connect it again, or exclude the "
    "folder with a rule if it was moved or is gone for good."
)


@dataclass(frozen=True, slots=True)
class ScanScope:
    """What to scan of a root: everything if `paths` is None, else only these paths and what is below them.

    `leave_out` has the paths of the other roots. With `retries_failures`, unchanged photos that could not be read are
    read again.
    """

    root: Root
    paths: frozenset[Path] | None
    leave_out: tuple[Path, ...]
    retries_failures: bool = False


@dataclass(slots=True)
class Plan:
    """What a run has to do in one root, and what it can skip.

    `new` has the photos to read that no search can find yet, and `again` those that the catalog has: changed, of which
    only the preview was read, to be embedded by another model, or to be tried once more. `failed` has the unchanged
    photos that an earlier run could not read and this one does not retry. `dated` has the unchanged photos whose change
    time the catalog does not have yet. `closed` has the folders that could not be listed, which do not count as found.
    `mounts` has the mount points in the root, including offline ones whose photos are kept. It is None unless the
    complete root was scanned.
    """

    root: Root
    new: list[PhotoFile] = field(default_factory=list)
    again: list[PhotoFile] = field(default_factory=list)
    gone: list[RecordedPhoto] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    dated: list[PhotoFile] = field(default_factory=list)
    closed: list[Failure] = field(default_factory=list)
    found: int = 0
    ignored: int = 0
    unchanged: int = 0
    mounts: frozenset[Path] | None = None

    @property
    def todo(self) -> list[PhotoFile]:
        """Return all photos to read."""
        return self.new + self.again


def drain(files: list[PhotoFile]) -> Iterator[PhotoFile]:
    """Yield the files of a list and remove each from it, because a run needs the memory for other things later."""
    files.reverse()
    while files:
        yield files.pop()


def scan_scopes(roots: Collection[Root], changes: Changes | None, *, retries_failures: bool = False) -> list[ScanScope]:
    """Return what to scan in the roots for these changes, or everything if `changes` is None.

    A path in a nested root belongs to that root only. When a root is scanned completely, so are the roots nested in it.
    """
    complete = {root for root in roots if changes is None or _needs_complete_scan(root, roots, changes)}
    scopes: list[ScanScope] = []
    for root in roots:
        others = tuple(other.path for other in roots if other != root)
        nested = [other for other in roots if other != root and other.path.is_relative_to(root.path)]
        if changes is None or root in complete:
            scopes.append(ScanScope(root, None, others, retries_failures))
        elif paths := _changed_paths(root, nested, changes) | {other.path for other in nested if other in complete}:
            # A nested root may be new. Then this root still has its photos in the catalog and must remove them.
            scopes.append(ScanScope(root, paths, others, retries_failures))
    return scopes


def _needs_complete_scan(root: Root, roots: Iterable[Root], changes: Changes) -> bool:
    changed = any(root.path.is_relative_to(each.path) for each in roots if each.uuid in changes.roots)
    return changed or not changes.paths.isdisjoint(root.path.parents)


def _changed_paths(root: Root, nested: Collection[Root], changes: Changes) -> frozenset[Path]:
    inside = (path for path in changes.paths if path.is_relative_to(root.path))
    return frozenset(path for path in inside if not any(path.is_relative_to(other.path) for other in nested))


def make_plan(
    root: Root,
    folders: Iterable[Listing],
    known: Mapping[Path, RecordedPhoto],
    *,
    is_empty: bool = False,
    retries_failures: bool = False,
) -> Plan:
    """Compare the folders found by a scan with the photos that the catalog has.

    A photo counts as gone only if its folder could be listed. An empty root (`is_empty`) may be the mount point of an
    offline drive, so its photos are kept, as are those below mount points that the scan reports as offline. If only
    some paths were scanned, `known` must have only the photos at and below these paths.
    """
    plan = Plan(root)
    on_disk: set[Path] = set()
    dangling: set[Path] = set()
    mounts: Mounts | None = None
    for folder in folders:
        plan.closed += folder.closed
        plan.ignored += folder.ignored
        dangling.update(folder.dangling)
        mounts = folder.mounts or mounts
        for file in folder.photos:
            on_disk.add(file.path)
            _classify(plan, file, known.get(file.path), retries_failures=retries_failures)
    plan.found = len(on_disk)
    if mounts:
        _add_mounts(plan, mounts, [*known, *on_disk] if mounts.offline else [])
    if not is_empty:
        closed = {failure.path for failure in plan.closed}
        missing = [known[path] for path in known.keys() - on_disk]
        if inaccessible := closed | dangling:
            missing = [photo for photo in missing if not _is_inaccessible(photo.file.path, closed, inaccessible)]
        plan.gone = missing
    return plan


def _add_mounts(plan: Plan, mounts: Mounts, photos: Collection[Path]) -> None:
    """Add the mount points in a root to its plan, and report those that are offline and have photos."""
    folders = {photo.parent for photo in photos}
    offline = mounts.offline & {ancestor for folder in folders for ancestor in (folder, *folder.parents)}
    plan.mounts = mounts.used | offline
    plan.closed += [Failure(mount, NOT_CONNECTED) for mount in sorted(offline) if offline.isdisjoint(mount.parents)]


def _is_inaccessible(path: Path, closed: set[Path], inaccessible: set[Path]) -> bool:
    """Return whether the scan could not see if a photo exists.

    `inaccessible` has the `closed` paths and the links that lead nowhere.
    """
    return path in closed or not inaccessible.isdisjoint(path.parents)


def _classify(plan: Plan, file: PhotoFile, known: RecordedPhoto | None, *, retries_failures: bool) -> None:
    if known is None or file.has_changed_since(known.file):
        (plan.again if known and known.embedded else plan.new).append(file)
        return
    if known.reason is not None and not retries_failures:
        plan.failed.append(Failure(file.path, known.reason))
    elif known.embedded:
        plan.unchanged += 1
    else:
        plan.again.append(file)
        return
    if known.file.ctime_ns is None and file.ctime_ns is not None:
        plan.dated.append(file)
