"""Adding, relocating and forgetting roots in the catalog.

Functions that run on the shared store thread must not access drives, which can block. Such callers pass a `resolve`
that answers from paths resolved before: see `RealPaths`.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import FolderError
from core.folders import nesting
from core.folders.nesting import BY_NAME, real_path
from core.types import Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from core.catalog.photos import Catalog
    from core.folders.nesting import Resolve
    from core.types import Root


def add_folder(catalog: Catalog, path: Path, online: Collection[Root], resolve: Resolve = real_path) -> Root:
    """Return the root that covers a folder, adding a new one if there is none.

    A new root replaces the roots inside it, unless replacing them would lose something. A root inside it stays if it
    is not among the `online` roots, has rules of its own, or has drives mounted in it, as these may be offline.
    """
    roots = catalog.roots()
    if covering := nesting.covering(roots, path, resolve):
        return covering
    _replace_nested(catalog, roots, path, online, resolve)
    return catalog.add_root(path)


def add_returned(
    catalog: Catalog,
    found: Root,
    online: Collection[Root],
    resolve: Resolve = real_path,
) -> Root:
    """Return the root that covers a folder with the photos of an offline root: that root, if possible.

    `found` is the offline root with the folder as its new path. For `online`, see `add_folder`.
    """
    roots = catalog.roots()
    others = [root for root in roots if root.uuid != found.uuid]
    conflicting = [other for other in others if _conflicts(other, found, roots, resolve)]
    if covering := nesting.covering(conflicting, found.path, resolve):
        return covering
    _replace_nested(catalog, others, found.path, online, resolve)
    return found if _relocate(catalog, found) else add_folder(catalog, found.path, online, resolve)


def relocate_roots(catalog: Catalog, moved: Iterable[Root], resolve: Resolve = real_path) -> list[Root]:
    """Save the new paths of moved roots, and return the relocated roots with those nested in them.

    A root that was forgotten since it was located, or whose new path now belongs to another root, is left out.
    """
    before = catalog.roots()
    relocated: dict[str, Root] = {}
    for root in moved:
        others = [other for other in catalog.roots() if other.uuid != root.uuid]
        if not any(_conflicts(other, root, before, resolve) for other in others):
            relocated |= {each.uuid: each for each in _relocate(catalog, root)}
    return list(relocated.values())


def _conflicts(other: Root, found: Root, before: Iterable[Root], resolve: Resolve) -> bool:
    """Return whether another root already has the photos at the new path of a found root.

    Two roots that were nested `before` do not conflict by being nested now.
    """
    if nesting.same([other], found.path, resolve):
        return True
    old_paths = [root.path for root in before if root.uuid in {other.uuid, found.uuid}]
    were_nested = len(old_paths) == 2 and nesting.overlap(*old_paths)
    return nesting.overlap(resolve(found.path), resolve(other.path)) and not were_nested


def _relocate(catalog: Catalog, found: Root) -> list[Root]:
    """Save the new path of a root, move nested roots along with it, and return all roots whose path changed."""
    roots = catalog.roots()
    old_path = next((root.path for root in roots if root.uuid == found.uuid), None)
    if old_path is None or not catalog.relocate(found):
        return []
    nested = (root for root in roots if root.uuid != found.uuid and root.path.is_relative_to(old_path))
    moved = [replace(root, path=found.path / root.path.relative_to(old_path)) for root in nested]
    return [found, *(root for root in moved if catalog.relocate(root))]


def forget_duplicates(catalog: Catalog, online: Collection[Root], resolve: Resolve) -> tuple[list[Root], list[Path]]:
    """Forget all but one of the online roots that are the same folder; return the remaining roots and forgotten photos.

    Such duplicates arise when a folder is added under a second path while the drive of the first does not answer, so
    that the two cannot be compared. The root that stays is one with rules of its own, or one that is not a link, whose
    target may change, or the one with the most photos. Roots that have rules, or drives mounted in them, always stay:
    rules would be lost, and the drives may be offline.
    """
    roots_by_folder: dict[Path, list[Root]] = {}
    for root in catalog.roots():
        if root in online:
            roots_by_folder.setdefault(resolve(root.path), []).append(root)
    forgotten: list[Root] = []
    for folder, duplicates in roots_by_folder.items():
        if len(duplicates) > 1:
            duplicates.sort(key=lambda root: (root.rules == Rules(), root.path != folder, -catalog.photos_in(root)))
            forgotten += [root for root in duplicates[1:] if root.rules == Rules() and not catalog.mounts(root)]
    photos = [photo for root in forgotten for photo in catalog.known(root, model="")]
    for root in forgotten:
        catalog.forget_root(root)
    return [root for root in online if root not in forgotten], photos


def _replace_nested(
    catalog: Catalog, roots: Iterable[Root], path: Path, online: Collection[Root], resolve: Resolve
) -> None:
    """Forget the roots inside a folder that is about to become a root, except those that `add_folder` keeps."""
    folder = resolve(path)
    nested = [root for root in nesting.inside(roots, path, resolve) if nesting.overlap(resolve(root.path), folder)]
    kept = [root for root in nested if root not in online or root.rules != Rules() or catalog.mounts(root)]
    for root in nested:
        # The next run finds their photos again as those of the new root, and reuses their embeddings.
        if nesting.covering(kept, root.path, resolve) is None:
            catalog.forget_root(root)


def root_of(roots: Iterable[Root], folder: Path, resolve: Resolve = BY_NAME) -> Root:
    """Return the root that is the folder.

    Raises:
        FolderError: The folder is not a root.
    """
    roots = list(roots)
    root = nesting.same(roots, folder, resolve)
    if root is None:
        paths = ", ".join(str(root.path) for root in roots)
        hint = f"The folders in the library are: {paths}." if roots else "The library has no folders yet."
        raise FolderError(f"The folder {folder} is not in the library. {hint}")
    return root


def is_in_catalog(catalog: Catalog, roots: Collection[Root], folder: Path) -> bool:
    """Return whether the catalog has photos or roots in a folder under exactly this path, with no links resolved."""
    root = nesting.covering(roots, folder, BY_NAME)
    return root is not None and (bool(nesting.inside(roots, folder, BY_NAME)) or catalog.has_photos_at(root, folder))


def set_rules(catalog: Catalog, folder: Path, rules: Rules) -> None:
    """Save the rules of a root, given by its path in the catalog.

    Raises:
        FolderError: The folder is not a root.
    """
    catalog.set_rules(root_of(catalog.roots(), folder), rules)


def forget_folder(catalog: Catalog, folder: Path) -> list[Path]:
    """Forget a root, given by its path in the catalog, and return the paths of its photos.

    Raises:
        FolderError: The folder is not a root.
    """
    root = root_of(catalog.roots(), folder)
    photos = list(catalog.known(root, model=""))
    catalog.forget_root(root)
    catalog.purge()
    return photos
