from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.query_views import trimmed, views
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, corners, quarters


def framed(inner: Image.Image, colour: tuple[int, int, int], border: int = 10) -> Image.Image:
    image = Image.new("RGB", (inner.width + 2 * border, inner.height + 2 * border), colour)
    image.paste(inner, (border, border))
    return image


def test_first_of_ten_views_is_the_complete_picture() -> None:
    image = quarters()

    seen = list(views(image))

    assert len(seen) == 10
    assert np.array_equal(np.asarray(seen[0]), np.asarray(image))


def test_next_three_views_are_the_turns() -> None:
    _, *turned = list(views(quarters(64, 48)))[:4]

    assert [image.size for image in turned] == [(48, 64), (64, 48), (48, 64)]
    assert [corners(image) for image in turned] == [
        [GREEN, YELLOW, RED, BLUE],
        [YELLOW, BLUE, GREEN, RED],
        [BLUE, RED, YELLOW, GREEN],
    ]


def test_next_five_views_are_the_halves_and_the_centre() -> None:
    left, right, top, bottom, centre = list(views(quarters(65, 50)))[4:9]

    assert [view.size for view in (left, right, top, bottom)] == [(32, 50), (32, 50), (65, 25), (65, 25)]
    assert corners(left) == [RED, RED, BLUE, BLUE]
    assert corners(right)[1::2] == [GREEN, YELLOW]
    assert corners(top)[:1] == [RED]
    assert corners(bottom)[2:] == [BLUE, YELLOW]
    assert centre.size == pytest.approx((39, 30), abs=1)
    assert corners(centre) == [RED, GREEN, BLUE, YELLOW]


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), (128, 128, 128)])
def test_last_view_has_no_border(colour: tuple[int, int, int]) -> None:
    *_, last = views(framed(quarters(), colour))

    assert np.array_equal(np.asarray(last), np.asarray(quarters()))


@pytest.mark.parametrize("shift", [-6, 6])
def test_slightly_uneven_border_is_trimmed(shift: int) -> None:
    image = framed(quarters(), (128, 128, 128))
    image.putpixel((3, 5), (128 + shift, 128, 128 - shift))

    assert trimmed(image).size == quarters().size


@pytest.mark.parametrize("colour", [(0, 0, 200), (100, 0, 0), (0, 100, 0)])
def test_plain_picture_of_another_colour_is_not_taken_for_its_border(colour: tuple[int, int, int]) -> None:
    assert trimmed(framed(Image.new("RGB", (30, 20), colour), (0, 0, 0))).size == (30, 20)


def test_picture_of_one_colour_is_not_trimmed() -> None:
    assert trimmed(Image.new("RGB", (30, 20), RED)).size == (30, 20)


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_very_small_pictures_have_ten_views(width: int, height: int) -> None:
    seen = list(views(quarters(width, height)))

    assert len(seen) == 10
    assert all(min(view.size) >= 1 for view in seen)
