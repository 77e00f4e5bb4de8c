"""Comparing a folder with the catalog: what is new or changed, what is the same, what is gone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from core.types import Failure

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping
    from pathlib import Path

    from core.catalog.snapshot import KnownPhoto
    from core.scan.listing import Listing
    from core.scan.mounts import Mounts
    from core.types import Changes, PhotoFile, Root


AWAY = (
    "The drive or network share of this folder is not connected, so its photos are kept. Connect it, or exclude the "
    "folder by a rule if it is gone for good, or was moved."
)


@dataclass(frozen=True, slots=True)
class ScanScope:
    """A root to look at: as a whole, or only what is at and below some paths in it. `leave_out`: the other roots."""

    root: Root
    paths: frozenset[Path] | None
    leave_out: tuple[Path, ...]


@dataclass(slots=True)
class Plan:
    """What a run has to do in one root, and what it need not.

    `new`: those to do of which nothing can be found yet. `closed`: folders that could not be listed, and why; they are
    none of the photos found. `mounts`: where drives are mounted in the root, and those were whose photos are kept; None
    where not all of it was looked at.
    """

    root: Root
    todo: list[PhotoFile] = field(default_factory=list)
    new: list[PhotoFile] = field(default_factory=list)
    gone: list[KnownPhoto] = field(default_factory=list)
    failed: list[Failure] = field(default_factory=list)
    closed: list[Failure] = field(default_factory=list)
    found: int = 0
    ignored: int = 0
    unchanged: int = 0
    mounts: frozenset[Path] | None = None


def drained(files: list[PhotoFile]) -> Iterator[PhotoFile]:
    """Yield the files of a list, which is empty then: towards its end a run needs the memory for other things."""
    files.reverse()
    while files:
        yield files.pop()


def looks(roots: Collection[Root], changes: Changes | None) -> list[ScanScope]:
    """Return what there is to look at in some roots after changes; None: everything.

    What is in a root inside another one is that root's only. With a root as a whole go those inside it.
    """
    whole = {root for root in roots if changes is None or _is_whole(root, roots, changes)}
    found: list[ScanScope] = []
    for root in roots:
        others = tuple(other.path for other in roots if other != root)
        held = [other for other in roots if other != root and other.path.is_relative_to(root.path)]
        if changes is None or root in whole:
            found.append(ScanScope(root, None, others))
        elif paths := _paths(root, held, changes) | {other.path for other in held if other in whole}:
            # Of a folder that has just become another root, it has to forget the photos.
            found.append(ScanScope(root, paths, others))
    return found


def _is_whole(root: Root, roots: Iterable[Root], changes: Changes) -> bool:
    changed = any(root.path.is_relative_to(each.path) for each in roots if each.uuid in changes.roots)
    return changed or not changes.paths.isdisjoint(root.path.parents)


def _paths(root: Root, held: Collection[Root], changes: Changes) -> frozenset[Path]:
    inside = (path for path in changes.paths if path.is_relative_to(root.path))
    return frozenset(path for path in inside if not any(path.is_relative_to(other.path) for other in held))


def make_plan(
    root: Root, folders: Iterable[Listing], known: Mapping[Path, KnownPhoto], *, is_empty: bool = False
) -> Plan:
    """Compare what `walk` found with what the catalog knows.

    A photo counts as gone only where its folder could be listed. A root that `is_empty`, without so much as a folder in
    it, is taken for the mount point of a drive that is away, whose photos are not gone; and so are mount points in it
    that a walk tells of as away. Where only some paths were looked at, `known` has the photos at and below these.
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
            _sort(plan, file, known.get(file.path))
    plan.found = len(on_disk)
    if mounts:
        _note(plan, mounts, [*known, *on_disk] if mounts.away else [])
    if not is_empty:
        shut = {failure.path for failure in plan.closed}
        missing = [known[path] for path in known.keys() - on_disk]
        if above := shut | dangling:
            missing = [photo for photo in missing if not _is_shut(photo.file.path, shut, above)]
        plan.gone = missing
    return plan


def _note(plan: Plan, mounts: Mounts, photos: Collection[Path]) -> None:
    """Note the mount points in a root, and close those that are away and have photos."""
    folders = {photo.parent for photo in photos}
    away = mounts.away & {above for folder in folders for above in (folder, *folder.parents)}
    plan.mounts = mounts.used | away
    plan.closed += [Failure(mount, AWAY) for mount in sorted(away) if away.isdisjoint(mount.parents)]


def _is_shut(path: Path, shut: set[Path], above: set[Path]) -> bool:
    """Tell whether nobody can know of a photo: it, or a folder `above`, is shut, or that folder was only linked."""
    return path in shut or not above.isdisjoint(path.parents)


def _sort(plan: Plan, file: PhotoFile, known: KnownPhoto | None) -> None:
    if known is None or known.file != file:
        plan.todo.append(file)
        if known is None or not known.embedded:
            plan.new.append(file)
    elif known.reason is not None:
        plan.failed.append(Failure(file.path, known.reason))
    elif known.embedded:
        plan.unchanged += 1
    else:
        plan.todo.append(file)
