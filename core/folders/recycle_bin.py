"""Moves photos to the recycle bin of the system, and never deletes one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.types import Failure, PhotoFile

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence
    from pathlib import Path

    from core.catalog.photos import Catalog
    from core.types import Root

NOT_IN_LIBRARY = "It is not a photo of this library."
NOT_AVAILABLE = "Its folder is not available. Connect its drive first."
NOT_FOUND = "It was not found. Update the library."
CHANGED = "It has changed since it was indexed. Update the library, and look at it again."


def recorded(catalog: Catalog, photos: Sequence[Path]) -> dict[Path, tuple[Root, PhotoFile]]:
    """Return the root of each photo and the state of its file as the catalog has them. Others are left out."""
    roots = catalog.roots()
    found = {}
    for photo in photos:
        around = [root for root in roots if photo.is_relative_to(root.path)]
        root = max(around, key=lambda root: len(root.path.parts), default=None)  # roots can be inside other ones
        if root and (known := catalog.known(root, "", [photo]).get(photo)):
            found[photo] = root, known.file
    return found


def move_to_bin(
    photos: Iterable[Path], known: Mapping[Path, tuple[Root, PhotoFile]], online: Collection[Root]
) -> tuple[list[Path], list[Failure]]:
    """Move photos to the recycle bin, and return those moved, and why the others were not.

    A photo must be in a root that is `online`, and its file as it is `known`. A link is moved itself, and not the file
    that it leads to.
    """
    moved, failed = [], []
    for photo in photos:
        if photo not in known:
            reason = NOT_IN_LIBRARY
        elif known[photo][0].uuid not in {root.uuid for root in online}:
            reason = NOT_AVAILABLE
        else:
            reason = _move(photo, known[photo][1])
        if reason:
            failed.append(Failure(photo, reason))
        else:
            moved.append(photo)
    return moved, failed


def _move(photo: Path, known: PhotoFile) -> str:
    """Move a photo, or return why it was not moved."""
    from send2trash import send2trash  # imported here, because few runs of the program need it

    try:
        if PhotoFile.of(photo, photo.stat()).has_changed_since(known):
            return CHANGED
        send2trash(photo)
    except FileNotFoundError:
        return NOT_FOUND
    except OSError as error:
        return f"The recycle bin did not take it: {error.strerror or error}. It was left where it is."
    return ""
