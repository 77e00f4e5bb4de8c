from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QPoint

from desktop.photos.grid_layout import GAP, NARROWEST, WIDEST, GridLayout, Line, arrange

HEADING = 30
shapes = st.lists(st.floats(0.05, 20), max_size=40)
groups = st.lists(shapes, max_size=4)
widths = st.integers(240, 2600)
row_heights = st.integers(96, 320)


def lines(layout: GridLayout) -> list[Line]:
    return [layout.line(number) for number in range(layout.line_count)]


def places(layout: GridLayout) -> list[tuple[int, int, int, int]]:
    """Return left, top, right and bottom of everything in a layout."""
    everything = [*layout.headings, *(layout.cell(index) for index in range(layout.count))]
    return [(place.left(), place.top(), place.right() + 1, place.bottom() + 1) for place in everything]


@given(groups, widths, row_heights)
def test_nothing_overlaps_or_leaves_the_width(groups: list[list[float]], width: int, row_height: int) -> None:
    layout = arrange(groups, width, row_height, HEADING)

    for left, top, right, bottom in places(layout):
        assert left >= GAP
        assert right <= width - GAP + 1
        assert 0 <= top < bottom <= layout.height
    for line in lines(layout):
        for index in range(line.first, line.end - 1):
            assert layout.cell(index).right() + 1 < layout.cell(index + 1).left()
    for upper, lower in pairwise(lines(layout)):
        assert lower.top >= upper.bottom + GAP


@given(groups, widths, row_heights)
def test_every_line_but_the_last_of_a_group_fills_the_width(
    groups: list[list[float]], width: int, row_height: int
) -> None:
    layout = arrange(groups, width, row_height, HEADING)

    ends, end = set(), 0
    for group in groups:
        end += len(group)
        ends.add(end)
    for line in lines(layout):
        assert line.bottom - line.top <= row_height
        if line.end not in ends:
            assert abs(layout.cell(line.end - 1).right() + 1 - (width - GAP)) <= 1


@given(groups, widths, row_heights)
def test_photos_keep_their_shape_unless_it_is_extreme(groups: list[list[float]], width: int, row_height: int) -> None:
    layout = arrange(groups, width, row_height, HEADING)

    for index, shape in enumerate(shape for group in groups for shape in group):
        cell = layout.cell(index)
        wanted = min(WIDEST, max(NARROWEST, shape)) * cell.height()
        assert abs(cell.width() - wanted) <= 0.5 * WIDEST + 1


@given(groups, widths, row_heights)
def test_photo_is_found_at_its_place_and_only_there(groups: list[list[float]], width: int, row_height: int) -> None:
    layout = arrange(groups, width, row_height, HEADING)

    for index in range(layout.count):
        cell = layout.cell(index)
        assert layout.at(cell.topLeft()) == index
        assert layout.at(cell.bottomRight()) == index
        assert layout.at(cell.topLeft() - QPoint(1, 0)) is None
        assert layout.at(cell.bottomRight() + QPoint(0, 1)) is None


def test_lines_between_two_heights_are_those_in_sight() -> None:
    layout = arrange([[1.5] * 40], 600, 176, HEADING)
    third = layout.line(2)

    assert list(layout.lines_between(third.top, third.bottom)) == [third]
    assert list(layout.lines_between(third.bottom, third.bottom + GAP)) == []
    assert list(layout.lines_between(third.bottom - 1, third.bottom + GAP + 1)) == [layout.line(2), layout.line(3)]


def test_nearest_photo_of_a_line_is_the_one_whose_centre_is_nearest() -> None:
    layout = arrange([[1.0, 1.0, 1.0]], 2000, 100, HEADING)

    assert [layout.nearest(0, x) for x in (0, 60, 150, 400)] == [0, 0, 1, 2]


def test_group_without_photos_has_only_its_heading() -> None:
    layout = arrange([[1.0], []], 600, 100, HEADING)

    assert len(layout.headings) == 2
    assert layout.height == layout.headings[1].bottom() + 1
