from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.edited_copies import EDITS, SMALL, edited_copies
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, corners, encoded, quarters


@pytest.fixture(scope="module")
def copies() -> dict[str, Image.Image]:
    found = edited_copies(encoded(quarters(800, 600), "JPEG", quality=95))
    assert found.keys() == EDITS.keys()
    return {name: Image.open(io.BytesIO(data)) for name, data in found.items()}


def near(actual: tuple[int, ...], expected: tuple[int, ...]) -> bool:
    return all(abs(one - other) < 30 for one, other in zip(actual, expected, strict=True))


def test_each_copy_is_edited_as_its_name_says(copies: dict[str, Image.Image]) -> None:
    original = [RED, GREEN, BLUE, YELLOW]

    assert all(map(near, corners(copies["low quality"]), original))
    assert all(map(near, corners(copies["mirrored"]), [GREEN, RED, YELLOW, BLUE]))
    assert all(map(near, corners(copies["turned"]), [GREEN, YELLOW, RED, BLUE]))
    assert SMALL <= max(copies["small"].size) < 1.1 * SMALL
    assert copies["cropped"].size == (640, 480)
    assert copies["turned"].size == (600, 800)
    assert copies["framed"].size == (980, 780)
    assert near(copies["framed"].getpixel((5, 5)), (255, 255, 255))  # type: ignore[arg-type]
    pixels = np.asarray(copies["black and white"])
    assert np.ptp(pixels, axis=2).max() <= 2
    assert np.asarray(copies["brighter"]).mean() > np.asarray(copies["low quality"]).mean() + 20


def test_a_large_photo_is_shrunk_first() -> None:
    data = encoded(quarters(4000, 3000), "JPEG")

    assert decode(edited_copies(data)["low quality"], 16).width <= 2000


def test_a_small_photo_is_not_enlarged() -> None:
    copies = edited_copies(encoded(quarters(64, 48)))

    assert decode(copies["small"], 16).width == 64


def test_a_file_that_is_no_picture_is_an_error() -> None:
    with pytest.raises(DecodeError):
        edited_copies(b"no picture")
