"""Adding and forgetting photo folders in the catalog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core import roots
from core.errors import FolderError

if TYPE_CHECKING:
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.types import Root


def add_folder(catalog: Catalog, path: Path) -> Root:
    """Return the root that covers a folder: a new one unless there is one already."""
    known = catalog.roots()
    if covering := roots.covering(known, path):
        return covering
    # Their photos come back as the new root's, and their embeddings are still there.
    for root in roots.inside(known, path):
        catalog.forget_root(root)
    return catalog.add_root(path)


def forget_folder(catalog: Catalog, folder: Path) -> int:
    """Forget a root with its photos, and return how many there were.

    Raises:
        FolderError: It is not in the library.
    """
    path = folder.absolute()
    known = catalog.roots()
    root = roots.same(known, path)
    if root is None:
        names = ", ".join(str(root.path) for root in known) or "none"
        raise FolderError(f"The folder {path} is not in the library. Its folders are: {names}.")
    count = catalog.forget_root(root)
    catalog.purge()
    return count
