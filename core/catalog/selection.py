"""Which photos of the catalog a search is limited to, as conditions in SQL."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.types import Filters

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root

LONGEST_PATH = b"\xff" * 256
"""Sorts after every path: no file name is that long."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the columns of `photo` and `content`, with the values of its placeholders.

    In addition, the paths of the photos must be, in byte order, after `after` and before `before`.
    """

    sql: str
    values: tuple[str | bytes | int, ...]
    after: bytes
    before: bytes


@dataclass(frozen=True, slots=True)
class Selection:
    """The photos in some parts of roots that pass the filters. A part is a root with its own folder or a subfolder."""

    parts: tuple[tuple[Root, Path], ...]
    filters: Filters

    @property
    def roots(self) -> tuple[str, ...] | None:
        """Return the uuids of the roots if exactly all of their photos are selected, else None."""
        is_whole = all(folder == root.path for root, folder in self.parts)
        has_other_filters = self.filters != Filters(folders=self.filters.folders)
        return tuple(root.uuid for root, _ in self.parts) if is_whole and not has_other_filters else None

    def conditions(self) -> Iterator[Condition]:
        """Yield a condition for each part. No photo meets two of them."""
        for root, folder in self.parts:
            after, before = path_range(root, folder)
            yield Condition("photo.root = (SELECT id FROM root WHERE uuid = ?)", (root.uuid,), after, before)


def path_range(root: Root, folder: Path) -> tuple[bytes, bytes]:
    """Return the exclusive bounds, in byte order, of the relative paths of the photos in a folder of a root."""
    if folder == root.path:
        return b"", LONGEST_PATH
    prefix = os.fsencode(folder.relative_to(root.path).as_posix())
    return prefix + b"/", prefix + b"0"  # "0" follows "/"
