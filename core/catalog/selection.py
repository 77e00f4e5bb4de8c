"""Which photos of the catalog a search is limited to."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Root

LONGEST_PATH = b"\xff" * 256
"""Sorts after every path: no name is that long."""


@dataclass(frozen=True, slots=True)
class Selection:
    """The photos in some parts of roots, each a root and a folder in it, or its own."""

    parts: tuple[tuple[Root, Path], ...]

    @property
    def roots(self) -> tuple[str, ...] | None:
        """Return the uuids of the roots if these are selected as a whole, else None."""
        is_whole = all(folder == root.path for root, folder in self.parts)
        return tuple(root.uuid for root, _ in self.parts) if is_whole else None


def path_range(root: Root, folder: Path) -> tuple[bytes, bytes]:
    """Return the exclusive bounds, in byte order, of the relative paths of the photos in a folder of a root."""
    if folder == root.path:
        return b"", LONGEST_PATH
    prefix = os.fsencode(folder.relative_to(root.path).as_posix())
    return prefix + b"/", prefix + b"0"  # "0" follows "/"
