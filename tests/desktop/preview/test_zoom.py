"""Where a zoomed and moved picture is."""

from __future__ import annotations

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from desktop.preview.zoom import FIT, LARGEST_SCALE, Frame, View

frames = st.builds(Frame, st.integers(1, 20_000), st.integers(1, 20_000), st.integers(1, 8000), st.integers(1, 8000))
views = st.builds(View, st.floats(0.001, 1000), st.floats(-2, 3), st.floats(-2, 3))
factors = st.floats(0.05, 20)
shares = st.floats(0, 1)
steps = st.floats(-5000, 5000)


def point_at(frame: Frame, view: View, x: float, y: float) -> tuple[float, float]:
    """Return which point of the picture is at a point of the area, in fractions of the picture."""
    place = frame.place(view)
    return (x - place.left) / place.width, (y - place.top) / place.height


@given(frames)
def test_a_complete_picture_touches_two_opposite_sides_and_is_in_the_middle(frame: Frame) -> None:
    place = frame.place(FIT)
    assert place.width == pytest.approx(frame.area_width) or place.height == pytest.approx(frame.area_height)
    assert place.width <= frame.area_width * (1 + 1e-9)
    assert place.height <= frame.area_height * (1 + 1e-9)
    assert place.left + place.width / 2 == pytest.approx(frame.area_width / 2)
    assert place.top + place.height / 2 == pytest.approx(frame.area_height / 2)


@given(frames, views)
def test_a_picture_keeps_its_shape(frame: Frame, view: View) -> None:
    place = frame.place(view)
    assert place.width * frame.height == pytest.approx(place.height * frame.width)


@given(frames, views)
def test_a_clamped_view_has_no_needless_gap(frame: Frame, view: View) -> None:
    left, top, width, height = frame.place(frame.clamped(view))
    for start, length, area in ((left, width, frame.area_width), (top, height, frame.area_height)):
        if length <= area:
            assert start + length / 2 == pytest.approx(area / 2, abs=1e-6)
        else:
            assert start <= 1e-6 * length
            assert start + length >= area - 1e-6 * length


@given(frames, views)
def test_clamping_twice_changes_nothing_more(frame: Frame, view: View) -> None:
    once = frame.clamped(view)
    twice = frame.clamped(once)
    assert (twice.zoom, twice.x, twice.y) == pytest.approx((once.zoom, once.x, once.y))


@given(frames, views)
def test_the_complete_picture_and_its_actual_size_are_within_the_limits(frame: Frame, view: View) -> None:
    assert frame.clamped(FIT) == FIT
    actual = View(1 / frame.fit)
    assert frame.clamped(actual).zoom == pytest.approx(actual.zoom)
    scale = frame.scale(frame.clamped(view))
    assert min(1.0, frame.fit) * (1 - 1e-9) <= scale <= max(LARGEST_SCALE, frame.fit) * (1 + 1e-9)


@given(frames, views, factors, shares, shares)
def test_zooming_keeps_what_is_under_the_cursor(
    frame: Frame, view: View, factor: float, across: float, down: float
) -> None:
    view = frame.clamped(view)
    x, y = across * frame.area_width, down * frame.area_height
    zoomed = frame.zoomed(view, factor, x, y)
    before, after = point_at(frame, view, x, y), point_at(frame, zoomed, x, y)
    for number, (shown, area) in enumerate(
        zip(frame.place(zoomed)[2:], (frame.area_width, frame.area_height), strict=True)
    ):
        middle = (zoomed.x, zoomed.y)[number]
        margin = area / shown / 2
        if shown > area and margin * (1 + 1e-6) < middle < 1 - margin * (1 + 1e-6):  # not held back by an edge
            assert after[number] == pytest.approx(before[number], abs=1e-6)


@given(frames, views, factors)
def test_zooming_out_undoes_zooming_in(frame: Frame, view: View, factor: float) -> None:
    view = frame.clamped(view)
    zoomed = frame.zoomed(view, factor, 0, 0)
    done = zoomed.zoom / view.zoom  # the limits may allow less than the factor
    assert frame.zoomed(zoomed, 1 / done, 0, 0).zoom == pytest.approx(view.zoom)


@given(frames, views, steps, steps)
def test_a_picture_follows_the_mouse_until_its_edge(frame: Frame, view: View, right: float, down: float) -> None:
    view = frame.clamped(view)
    before, after = frame.place(view), frame.place(frame.moved(view, right, down))
    tolerance = 1e-6 * max(before.width, before.height)
    for moved, wanted in ((after.left - before.left, right), (after.top - before.top, down)):
        assert min(0, wanted) - tolerance <= moved <= max(0, wanted) + tolerance
    if before.width > frame.area_width and before.left + right <= 0 <= before.left + before.width + right - (
        frame.area_width
    ):
        assert after.left - before.left == pytest.approx(right, abs=tolerance)


@given(frames, views, shares, shares)
def test_toggling_shows_the_actual_size_and_then_the_complete_picture(
    frame: Frame, view: View, across: float, down: float
) -> None:
    view = frame.clamped(view)
    assume(not frame.is_actual_size(view))
    actual = frame.toggled(view, across * frame.area_width, down * frame.area_height)
    assert frame.scale(actual) == pytest.approx(1)
    assert frame.toggled(actual, 0, 0) == FIT


@given(frames, views)
def test_a_sharp_image_has_a_pixel_for_each_of_the_screen_but_no_more_than_the_picture(
    frame: Frame, view: View
) -> None:
    longest = max(frame.place(view)[2:])
    needed = min(longest, max(frame.width, frame.height))
    assert needed <= frame.side(view) <= needed + 1
