"""Which photos of the catalog a search is limited to, as conditions in SQL."""

from __future__ import annotations

import os
from calendar import timegm
from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.search_request import Filters, Shape

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date
    from pathlib import Path

    from core.types import Root

LONGEST_PATH = b"\xff" * 256
"""Sorts after every path: no file name is that long."""

DAY = 24 * 60 * 60

# A square may be 5 % longer than wide. The long side of a panorama is at least twice the short one.
_LONG, _SHORT = "max(width, height)", "min(width, height)"
_IS_SQUARE, _IS_PANORAMA = f"20 * {_LONG} <= 21 * {_SHORT}", f"{_LONG} >= 2 * {_SHORT}"
SHAPES = {
    Shape.SQUARE: _IS_SQUARE,
    Shape.PANORAMA: _IS_PANORAMA,
    Shape.LANDSCAPE: f"width > height AND NOT {_IS_SQUARE} AND NOT {_IS_PANORAMA}",
    Shape.PORTRAIT: f"width < height AND NOT {_IS_SQUARE} AND NOT {_IS_PANORAMA}",
}


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition on the columns of `photo` and `content`, with the values of its placeholders.

    In addition, the paths of the photos must be, in byte order, after `after` and before `before`. If
    `is_about_content`, few photos pass because of their content, so that it should be tested first.
    """

    sql: str
    values: tuple[str | bytes | int, ...]
    after: bytes
    before: bytes
    is_about_content: bool


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

    @property
    def part_roots(self) -> tuple[str, ...]:
        """Return the uuids of the roots that have parts."""
        return tuple(dict.fromkeys(root.uuid for root, _ in self.parts))

    def conditions(self) -> Iterator[Condition]:
        """Yield a condition for each part. No photo meets two of them."""
        tests = list(_tests(self.filters))
        sql = " AND ".join(["photo.root = (SELECT id FROM root WHERE uuid = ?)", *(f"({test})" for test, *_ in tests)])
        values = [value for _, *values in tests for value in values]
        # The table of contents is small and read from beginning to end, without looking up each photo.
        is_about_content = any("photo." not in test for test, *_ in tests)
        for root, folder in self.parts:
            yield Condition(sql, (root.uuid, *values), *path_range(root, folder), is_about_content)


def _tests(filters: Filters) -> Iterator[tuple[str, *tuple[str | int, ...]]]:
    """Yield SQL that is true for photos that pass, with the values of its placeholders, for each filter but folders."""
    if filters.taken_from:
        yield "taken_at >= ?", _midnight(filters.taken_from)
    if filters.taken_to:
        yield "taken_at < ?", _midnight(filters.taken_to) + DAY
    if filters.on_this_day:
        month_and_day, year = "strftime('%m-%d', taken_at, 'unixepoch')", "strftime('%Y', taken_at, 'unixepoch')"
        yield f"{month_and_day} = ? AND {year} <> ?", *f"{filters.on_this_day:%m-%d %Y}".split()
    if filters.shapes:
        yield (" OR ".join(f"({SHAPES[shape]})" for shape in sorted(filters.shapes)),)
    if filters.extensions:
        # Paths are bytes, which LIKE does not compare.
        test = "CAST(photo.path AS TEXT) LIKE ?"
        yield " OR ".join([test] * len(filters.extensions)), *(f"%{each}" for each in sorted(filters.extensions))
    if filters.camera:
        yield "instr(lower(camera), lower(?)) > 0", filters.camera
    if filters.min_pixels:
        yield "width * height >= ?", filters.min_pixels
    if filters.min_bytes:
        yield "photo.size >= ?", filters.min_bytes
    if filters.preview_only:
        yield ("content.provisional",)


def _midnight(day: date) -> int:
    """Return the beginning of a day in the camera's local time, as the catalog counts it."""
    return timegm(day.timetuple())


def path_range(root: Root, folder: Path) -> tuple[bytes, bytes]:
    """Return the exclusive bounds, in byte order, of the relative paths of the photos in a folder of a root."""
    if folder == root.path:
        return b"", LONGEST_PATH
    prefix = os.fsencode(folder.relative_to(root.path).as_posix())
    return prefix + b"/", prefix + b"0"  # "0" follows "/"
