"""Adding, relocating and forgetting photo folders in the catalog.

What is to run on the thread that everybody needs asks no drive: it gets `real`, which knows what they have told.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core.errors import FolderError
from core.folders import nesting
from core.folders.nesting import BY_NAME, real
from core.types import Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from core.catalog.folder_locations import FolderLocations
    from core.catalog.photos import Catalog
    from core.folders.nesting import Real
    from core.types import Root


def add_folder(catalog: Catalog, path: Path, here: Collection[Root], real: Real = real) -> Root:
    """Return the root that covers a folder: a new one unless there is one already.

    Of the roots inside it, it takes the place of those of which nothing would be lost by that: they are `here`, which
    says what is where the catalog has it, have no rules of their own, and no drives in them, as one may be away. The
    others stay roots.
    """
    known = catalog.roots()
    if covering := nesting.covering(known, path, real):
        return covering
    _make_room(catalog, known, path, here, real)
    return catalog.add_root(path)


def add_returned(
    catalog: Catalog, places: FolderLocations, found: Root, here: Collection[Root], real: Real = real
) -> Root:
    """Return the root that covers a folder with the photos of a root that was elsewhere: that one, as far as possible.

    `found` is that root with its new path. For `here`, see `add_folder`.
    """
    known = catalog.roots()
    others = [root for root in known if root.uuid != found.uuid]
    in_the_way = [other for other in others if _is_in_the_way(other, found, known, real)]
    if covering := nesting.covering(in_the_way, found.path, real):
        return covering
    _make_room(catalog, others, found.path, here, real)
    return found if _relocate(catalog, places, found) else add_folder(catalog, found.path, here, real)


def bring_back(catalog: Catalog, places: FolderLocations, moved: Iterable[Root], real: Real = real) -> list[Root]:
    """Note the new paths of roots, and return those that have them now, with the roots inside them.

    Since they were looked for, a root may have been forgotten, or its new place become another one's.
    """
    before = catalog.roots()
    back: dict[str, Root] = {}
    for root in moved:
        others = [other for other in catalog.roots() if other.uuid != root.uuid]
        if not any(_is_in_the_way(other, root, before, real) for other in others):
            back |= {each.uuid: each for each in _relocate(catalog, places, root)}
    return list(back.values())


def _is_in_the_way(other: Root, found: Root, before: Iterable[Root], real: Real) -> bool:
    """Tell whether another root has the photos of the place where one was found.

    Not so where one of them was inside the other `before`: they were told apart there, and are here.
    """
    if nesting.same([other], found.path, real):
        return True
    paths = [root.path for root in before if root.uuid in {other.uuid, found.uuid}]
    were_nested = len(paths) == 2 and nesting.overlap(*paths)
    return nesting.overlap(real(found.path), real(other.path)) and not were_nested


def _relocate(catalog: Catalog, places: FolderLocations, found: Root) -> list[Root]:
    """Note the new path of a root, and that what was inside it moved with it. Returns those that have new paths."""
    known = catalog.roots()
    old = next((root.path for root in known if root.uuid == found.uuid), None)
    if old is None or not places.relocate(found):
        return []
    held = (root for root in known if root.uuid != found.uuid and root.path.is_relative_to(old))
    moved = [replace(root, path=found.path / root.path.relative_to(old)) for root in held]
    return [found, *(root for root in moved if places.relocate(root))]


def forget_doubles(catalog: Catalog, here: Collection[Root], real: Real) -> tuple[list[Root], list[Path]]:
    """Forget roots that are one folder with another one of those here. Returns the others, and the photos forgotten.

    One was added by another path while the drive of the other did not answer, so that nobody could know. The one that
    stays has rules of its own, or is no link, which may lead elsewhere another time, or has the most photos. So does
    every one that has rules, or photos on a drive in it, which may be away.
    """
    folders: dict[Path, list[Root]] = {}
    for root in catalog.roots():
        if root in here:
            folders.setdefault(real(root.path), []).append(root)
    forgotten: list[Root] = []
    for place, doubles in folders.items():
        if len(doubles) > 1:
            doubles.sort(key=lambda root: (root.rules == Rules(), root.path != place, -catalog.photos_in(root)))
            forgotten += [root for root in doubles[1:] if root.rules == Rules() and not catalog.mounts(root)]
    photos = [photo for root in forgotten for photo in catalog.known(root, model="")]
    for root in forgotten:
        catalog.forget_root(root)
    return [root for root in here if root not in forgotten], photos


def _make_room(catalog: Catalog, known: Iterable[Root], path: Path, here: Collection[Root], real: Real) -> None:
    place = real(path)
    held = [root for root in nesting.inside(known, path, real) if nesting.overlap(real(root.path), place)]
    kept = [root for root in held if root not in here or root.rules != Rules() or catalog.mounts(root)]
    for root in held:
        # Their photos come back as those of the root that holds them, and their embeddings are still there.
        if nesting.covering(kept, root.path, real) is None:
            catalog.forget_root(root)


def root_of(known: Iterable[Root], folder: Path, real: Real = BY_NAME) -> Root:
    """Return that of the roots which is a folder.

    Raises:
        FolderError: It is not in the library.
    """
    known = list(known)
    root = nesting.same(known, folder, real)
    if root is None:
        names = ", ".join(str(root.path) for root in known) or "none"
        raise FolderError(f"The folder {folder} is not in the library. Its folders are: {names}.")
    return root


def is_called_so(catalog: Catalog, known: Collection[Root], folder: Path) -> bool:
    """Tell whether the catalog has what is in a folder by the path that it is given: no link leads elsewhere."""
    root = nesting.covering(known, folder, BY_NAME)
    return root is not None and (bool(nesting.inside(known, folder, BY_NAME)) or catalog.has_photos_at(root, folder))


def set_rules(catalog: Catalog, folder: Path, rules: Rules) -> None:
    """Note what is passed over in a root, by its own path.

    Raises:
        FolderError: It is not in the library.
    """
    catalog.set_rules(root_of(catalog.roots(), folder), rules)


def forget_folder(catalog: Catalog, folder: Path) -> list[Path]:
    """Forget a root, by its own path, with its photos, and return where these are.

    Raises:
        FolderError: It is not in the library.
    """
    root = root_of(catalog.roots(), folder)
    photos = list(catalog.known(root, model=""))
    catalog.forget_root(root)
    catalog.purge()
    return photos
