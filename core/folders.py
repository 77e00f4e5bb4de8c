"""Adding, relocating and forgetting photo folders in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import roots
from core.errors import FolderError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.catalog.places import Places
    from core.types import Root, Rules


def add_folder(catalog: Catalog, path: Path) -> Root:
    """Return the root that covers a folder: a new one unless there is one already."""
    if covering := roots.covering(catalog.roots(), path):
        return covering
    _make_room(catalog, catalog.roots(), path)
    return catalog.add_root(path)


def add_returned(catalog: Catalog, places: Places, found: Root) -> Root:
    """Return the root that covers a folder with the photos of a root that was elsewhere: that one, as far as possible.

    `found` is that root with its new path.
    """
    others = [root for root in catalog.roots() if root.uuid != found.uuid]
    if covering := roots.covering(others, found.path):
        return covering
    _make_room(catalog, others, found.path)
    return found if places.relocate(found) else add_folder(catalog, found.path)


def bring_back(catalog: Catalog, places: Places, moved: Iterable[Root]) -> list[Root]:
    """Note the new paths of roots, and return those that have them now.

    Since they were looked for, a root may have been forgotten, or its new place become another one's.
    """
    back = []
    for root in moved:
        others = [other for other in catalog.roots() if other.uuid != root.uuid]
        if not any(roots.overlap(root.path, other.path) for other in others) and places.relocate(root):
            back.append(root)
    return back


def _make_room(catalog: Catalog, known: Iterable[Root], path: Path) -> None:
    # Their photos come back as those of the root that holds them, and their embeddings are still there.
    for root in roots.inside(known, path):
        catalog.forget_root(root)


def root_of(catalog: Catalog, folder: Path) -> Root:
    """Return the root that is a folder.

    Raises:
        FolderError: It is not in the library.
    """
    path = folder.absolute()
    known = catalog.roots()
    root = roots.same(known, path)
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


def forget_folder(catalog: Catalog, folder: Path) -> int:
    """Forget a root with its photos, and return how many there were.

    Raises:
        FolderError: It is not in the library.
    """
    count = catalog.forget_root(root_of(catalog, folder))
    catalog.purge()
    return count
