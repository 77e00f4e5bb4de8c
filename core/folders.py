"""Adding, relocating and forgetting photo folders in the catalog."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from core import roots
from core.errors import FolderError
from core.types import Rules

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.catalog.places import Places
    from core.types import Root


def add_folder(catalog: Catalog, path: Path, here: Collection[Root]) -> Root:
    """Return the root that covers a folder: a new one unless there is one already.

    Of the roots inside it, it takes the place of those of which nothing would be lost by that: they are `here`, which
    says what is where the catalog has it, and have no rules of their own. The others stay roots.
    """
    known = catalog.roots()
    if covering := roots.covering(known, path):
        return covering
    _make_room(catalog, known, path, here)
    return catalog.add_root(path)


def add_returned(catalog: Catalog, places: Places, found: Root, here: Collection[Root]) -> Root:
    """Return the root that covers a folder with the photos of a root that was elsewhere: that one, as far as possible.

    `found` is that root with its new path. For `here`, see `add_folder`.
    """
    known = catalog.roots()
    others = [root for root in known if root.uuid != found.uuid]
    if covering := roots.covering((other for other in others if _is_in_the_way(other, found, known)), found.path):
        return covering
    _make_room(catalog, others, found.path, here)
    return found if _relocate(catalog, places, found) else add_folder(catalog, found.path, here)


def bring_back(catalog: Catalog, places: Places, moved: Iterable[Root]) -> list[Root]:
    """Note the new paths of roots, and return those that have them now, with the roots inside them.

    Since they were looked for, a root may have been forgotten, or its new place become another one's.
    """
    before = catalog.roots()
    back: dict[str, Root] = {}
    for root in moved:
        others = [other for other in catalog.roots() if other.uuid != root.uuid]
        if not any(_is_in_the_way(other, root, before) for other in others):
            back |= {each.uuid: each for each in _relocate(catalog, places, root)}
    return list(back.values())


def _is_in_the_way(other: Root, found: Root, before: Iterable[Root]) -> bool:
    """Tell whether another root has the photos of the place where one was found.

    Not so where one of them was inside the other `before`: they were told apart there, and are here.
    """
    if roots.same([other], found.path):
        return True
    paths = [root.path for root in before if root.uuid in {other.uuid, found.uuid}]
    were_nested = len(paths) == 2 and roots.overlap(*paths)
    return roots.overlap(roots.real(found.path), roots.real(other.path)) and not were_nested


def _relocate(catalog: Catalog, places: Places, found: Root) -> list[Root]:
    """Note the new path of a root, and that what was inside it moved with it. Returns those that have new paths."""
    known = catalog.roots()
    old = next((root.path for root in known if root.uuid == found.uuid), None)
    if old is None or not places.relocate(found):
        return []
    held = (root for root in known if root.uuid != found.uuid and root.path.is_relative_to(old))
    moved = [replace(root, path=found.path / root.path.relative_to(old)) for root in held]
    return [found, *(root for root in moved if places.relocate(root))]


def _make_room(catalog: Catalog, known: Iterable[Root], path: Path, here: Collection[Root]) -> None:
    place = roots.real(path)
    held = [root for root in roots.inside(known, path) if roots.overlap(roots.real(root.path), place)]
    kept = [root for root in held if root not in here or root.rules != Rules()]
    for root in held:
        # Their photos come back as those of the root that holds them, and their embeddings are still there.
        if roots.covering(kept, root.path) is None:
            catalog.forget_root(root)


def root_of(catalog: Catalog, folder: Path) -> Root:
    """Return the root that is a folder.

    Raises:
        FolderError: It is not in the library.
    """
    path = folder.absolute()
    known = catalog.roots()
    # By its path first: where a link leads cannot be asked of a drive that does not answer.
    root = next((root for root in known if root.path == path), None) or roots.same(known, path)
    if root is None:
        names = ", ".join(str(root.path) for root in known) or "none"
        raise FolderError(f"The folder {path} is not in the library. Its folders are: {names}.")
    return root


def set_rules(catalog: Catalog, folder: Path, rules: Rules) -> None:
    """Note what is passed over in a root.

    Raises:
        FolderError: It is not in the library.
    """
    catalog.set_rules(root_of(catalog, folder), rules)


def forget_folder(catalog: Catalog, folder: Path) -> list[Path]:
    """Forget a root with its photos, and return where these are.

    Raises:
        FolderError: It is not in the library.
    """
    root = root_of(catalog, folder)
    photos = list(catalog.known(root, model=""))
    catalog.forget_root(root)
    catalog.purge()
    return photos
