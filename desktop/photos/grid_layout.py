"""Arranges photos in lines of equal width, without changing their shapes, under the headings of their groups."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from operator import attrgetter
from typing import TYPE_CHECKING

from PySide6.QtCore import QPoint, QRect

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

GAP = 8
"""Pixels between photos, and around all of them."""

NARROWEST, WIDEST = 0.4, 3.0
"""The limits of width / height. Of a photo beyond them, only the middle is shown."""


@dataclass(frozen=True, slots=True)
class Line:
    """Photos side by side: from the index `first` up to, but not including, `end`."""

    top: int
    bottom: int
    first: int
    end: int


@dataclass(slots=True)
class GridLayout:
    """Where everything is, in pixels from the upper left corner.

    There is a heading for each group, even an empty one. `lefts` and `rights` are the sides of each photo.
    """

    headings: list[QRect] = field(default_factory=list)
    lines: list[Line] = field(default_factory=list)
    lefts: list[int] = field(default_factory=list)
    rights: list[int] = field(default_factory=list)
    height: int = 0

    def cell(self, index: int) -> QRect:
        """Return the place of a photo."""
        line = self.lines[self.line_of(index)]
        return QRect(QPoint(self.lefts[index], line.top), QPoint(self.rights[index] - 1, line.bottom - 1))

    def lines_between(self, top: int, bottom: int) -> Sequence[Line]:
        """Return the lines that are at least partly between two heights."""
        start = bisect_right(self.lines, top, key=attrgetter("bottom"))
        return self.lines[start : bisect_left(self.lines, bottom, key=attrgetter("top"))]

    def at(self, point: QPoint) -> int | None:
        """Return the index of the photo at a point, or None."""
        for line in self.lines_between(point.y(), point.y() + 1):
            for index in range(line.first, line.end):
                if self.lefts[index] <= point.x() < self.rights[index]:
                    return index
        return None

    def rows_in(self, area: QRect) -> Iterator[int]:
        """Yield the indices of the photos that are at least partly in an area."""
        for line in self.lines_between(area.top(), area.bottom() + 1):
            for index in range(line.first, line.end):
                if self.lefts[index] <= area.right() and self.rights[index] > area.left():
                    yield index

    def line_of(self, index: int) -> int:
        """Return the number of the line with a photo."""
        return bisect_right(self.lines, index, key=attrgetter("first")) - 1

    def nearest(self, line: int, x: int) -> int:
        """Return the index of the photo in a line whose centre is nearest to `x`."""
        found = self.lines[line]
        return min(range(found.first, found.end), key=lambda index: abs(self.lefts[index] + self.rights[index] - 2 * x))


def arrange(groups: Iterable[Sequence[float]], width: int, row_height: int, heading_height: int) -> GridLayout:
    """Return the layout of groups of photos, which are given by width / height.

    Every line but the last one of a group fills the width and is at most `row_height` high.
    """
    layout = GridLayout()
    room = max(1, width - 2 * GAP)
    y = 0
    for shapes in groups:
        layout.headings.append(QRect(GAP, y, room, heading_height))
        y += heading_height
        line: list[float] = []
        total = 0.0
        for shape in shapes:
            clamped = min(WIDEST, max(NARROWEST, shape))
            line.append(clamped)
            total += clamped
            gaps = GAP * (len(line) - 1)
            if total * row_height + gaps >= room:
                y = _place(layout, line, y, max(1.0, room - gaps) / total)
                line, total = [], 0.0
        if line:
            y = _place(layout, line, y, row_height)
    layout.height = y
    return layout


def _place(layout: GridLayout, line: Sequence[float], y: int, height: float) -> int:
    """Add a line of photos of this height, and return where the next one begins."""
    bottom, first = y + max(1, round(height)), len(layout.lefts)
    x = float(GAP)
    for shape in line:
        right = x + shape * height
        layout.lefts.append(round(x))
        layout.rights.append(max(round(x) + 1, round(right)))
        x = right + GAP
    layout.lines.append(Line(y, bottom, first, len(layout.lefts)))
    return bottom + GAP
