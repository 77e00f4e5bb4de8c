from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from core.images.query_views import cut_outs, views
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, corners, quarters


def framed(inner: Image.Image, colour: tuple[int, int, int], border: int = 10) -> Image.Image:
    image = Image.new("RGB", (inner.width + 2 * border, inner.height + 2 * border), colour)
    image.paste(inner, (border, border))
    return image


def noisy(width: int, height: int) -> Image.Image:
    """Return a picture without two equal rows or columns."""
    pixels = np.random.default_rng(width).integers(20, 236, (height, width, 3), dtype=np.uint8)
    return Image.fromarray(pixels)


def blank(images: list[Image.Image]) -> list[Image.Image]:
    return [image for image in images if len(image.getcolors(1 << 20) or []) == 1]


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

    assert [view.size for view in cut_outs(image)] == [quarters().size]


@pytest.mark.parametrize("colour", [(0, 0, 200), (100, 0, 0), (0, 100, 0)])
def test_plain_picture_of_another_colour_is_not_taken_for_its_border(colour: tuple[int, int, int]) -> None:
    (cut_out,) = cut_outs(framed(Image.new("RGB", (30, 20), colour), (0, 0, 0)))

    assert cut_out.size == (30, 20)


@pytest.mark.parametrize("colour", [(0, 0, 0), (255, 255, 255), RED])
def test_blank_picture_has_no_view_but_itself(colour: tuple[int, int, int]) -> None:
    noise = np.random.default_rng(1).normal(0, 4, (60, 90, 3))
    image = Image.fromarray(np.clip(noise + colour, 0, 255).astype(np.uint8))

    assert list(views(image)) == [image]


@pytest.mark.parametrize("ground", [(0, 0, 0), (255, 255, 255)])
def test_blank_parts_of_a_picture_are_no_views(ground: tuple[int, int, int]) -> None:
    photo = noisy(96, 64)
    page = Image.new("RGB", (96, 192), ground)
    page.paste(photo, (0, 0))

    seen = list(views(page))

    assert blank(seen) == []
    assert any(view.size == photo.size for view in seen)


@pytest.mark.parametrize("ground", [0, 255])
def test_photo_in_a_screenshot_with_a_clock_and_buttons_is_cut_out(ground: int) -> None:
    photo = noisy(270, 180)
    screen = Image.new("RGB", (270, 585), (ground,) * 3)
    screen.paste(photo, (0, 200))
    draw = ImageDraw.Draw(screen)
    draw.text((15, 8), "12:34", fill=(255 - ground,) * 3, font_size=11)
    draw.rectangle((100, 577, 170, 579), fill=(255 - ground,) * 3)
    for left in (20, 85, 150, 215):
        draw.text((left, 545), "Share", fill=(255 - ground,) * 3, font_size=11)

    assert photo in list(cut_outs(screen))


def test_photo_on_a_page_is_cut_out_without_the_caption_below() -> None:
    photo = noisy(160, 120)
    page = Image.new("RGB", (240, 330), "white")
    page.paste(photo, (40, 60))
    ImageDraw.Draw(page).text((45, 200), "A bee on an aster, 2019", fill="black", font_size=12)

    assert photo in list(cut_outs(page))


@settings(max_examples=40, deadline=None)
@given(st.integers(1, 40), st.integers(1, 40))
def test_views_of_very_small_pictures_have_at_least_one_pixel(width: int, height: int) -> None:
    seen = list(views(quarters(width, height)))

    assert 1 <= len(seen) <= 11
    assert all(min(view.size) >= 1 for view in seen)
