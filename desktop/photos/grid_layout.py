"""Arranges photos in lines of equal width, without changing their shapes, under the headings of their groups."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from PySide6.QtCore import QPoint, QRect, QSize

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

GAP = 8
"""Pixels between photos, and around all of them."""

NARROWEST, WIDEST = 0.4, 3.0
"""The limits of width / height. Of a photo beyond them, only the middle is shown."""


class Line(NamedTuple):
    """Photos side by side: from the index `first` up to, but not including, `end`.

    `height` is the exact height, which `top` and `bottom` round.
    """

    top: int
    bottom: int
    first: int
    end: int
    height: float


@dataclass(slots=True)
class GridLayout:
    """Where everything is, in pixels from the upper left corner.

    There is a heading for each group, even an empty one. `sums` has, for each photo, the sum of width / height of all
    photos before it, and at the end that of all photos. `tops`, `bottoms`, `ends` and `heights` are those of the lines.
    Lines and the sides of photos are made from these numbers when they are needed, because a layout may have a hundred
    thousand photos, of which few are in sight.
    """

    headings: list[QRect] = field(default_factory=list)
    tops: list[int] = field(default_factory=list)
    bottoms: list[int] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    heights: list[float] = field(default_factory=list)
    sums: list[float] = field(default_factory=lambda: [0.0])
    height: int = 0

    @property
    def count(self) -> int:
        """Return the number of photos."""
        return len(self.sums) - 1

    @property
    def line_count(self) -> int:
        """Return the number of lines."""
        return len(self.tops)

    def line(self, number: int) -> Line:
        """Return a line by its number from the top."""
        first = self.ends[number - 1] if number else 0
        return Line(self.tops[number], self.bottoms[number], first, self.ends[number], self.heights[number])

    def cell(self, index: int) -> QRect:
        """Return the place of a photo."""
        line = self.line(self.line_of(index))
        left, right = self._sides(line, index)
        return QRect(QPoint(left, line.top), QPoint(right - 1, line.bottom - 1))

    def lines_between(self, top: int, bottom: int) -> Sequence[Line]:
        """Return the lines that are at least partly between two heights."""
        return [self.line(number) for number in range(bisect_right(self.bottoms, top), bisect_left(self.tops, bottom))]

    def at(self, point: QPoint) -> int | None:
        """Return the index of the photo at a point, or None."""
        return next(self.rows_in(QRect(point, QSize(1, 1))), None)

    def rows_in(self, area: QRect) -> Iterator[int]:
        """Yield the indices of the photos that are at least partly in an area."""
        for line in self.lines_between(area.top(), area.bottom() + 1):
            for index in range(line.first, line.end):
                left, right = self._sides(line, index)
                if left <= area.right() and right > area.left():
                    yield index

    def line_of(self, index: int) -> int:
        """Return the number of the line with a photo."""
        return bisect_right(self.ends, index)

    def nearest(self, line: int, x: int) -> int:
        """Return the index of the photo in a line whose centre is nearest to `x`."""
        found = self.line(line)
        return min(range(found.first, found.end), key=lambda index: abs(sum(self._sides(found, index)) - 2 * x))

    def _sides(self, line: Line, index: int) -> tuple[int, int]:
        """Return the left side of a photo, and the pixel to the right of it."""
        start, x, end = self.sums[line.first], self.sums[index], self.sums[index + 1]
        margin = GAP * (1 + index - line.first)
        left = round(margin + (x - start) * line.height)
        return left, max(left + 1, round(margin + (end - start) * line.height))


def arrange(groups: Sequence[Sequence[float]], width: int, row_height: int, heading_height: int) -> GridLayout:
    """Return the layout of groups of photos, which are given by width / height.

    Every line but the last one of a group fills the width and is at most `row_height` high.
    """
    shapes = np.clip(np.fromiter(chain.from_iterable(groups), np.float64), NARROWEST, WIDEST)
    sums = np.concatenate(([0.0], np.cumsum(shapes)))
    layout = GridLayout(sums=sums.tolist())
    # How far right each photo would begin if all were side by side, in lines of the greatest height.
    starts: list[float] = (sums * row_height + GAP * np.arange(len(sums))).tolist()
    room = max(1, width - 2 * GAP)
    y = first = 0
    for group in groups:
        layout.headings.append(QRect(GAP, y, room, heading_height))
        y += heading_height
        stop = first + len(group)
        while first < stop:
            end = bisect_left(starts, starts[first] + room + GAP, first + 1, stop + 1)
            if end <= stop:
                gaps = GAP * (end - first - 1)
                height = max(1.0, room - gaps) / (layout.sums[end] - layout.sums[first])
            else:
                end, height = stop, float(row_height)
            bottom = y + max(1, round(height))
            layout.tops.append(y)
            layout.bottoms.append(bottom)
            layout.ends.append(end)
            layout.heights.append(height)
            y, first = bottom + GAP, end
    layout.height = y
    return layout
