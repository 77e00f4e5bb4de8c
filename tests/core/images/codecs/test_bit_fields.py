from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.rendering import MAX_PIXELS
from tests.helpers.pictures.drawn import corners, quarters

if TYPE_CHECKING:
    from collections.abc import Sequence

LAYOUTS = {
    "RGBX of 32 bits": (32, (0xFF, 0xFF00, 0xFF0000, 0)),
    "BGRX of 32 bits": (32, (0xFF0000, 0xFF00, 0xFF, 0)),
    "10 bits": (32, (0x3FF00000, 0xFFC00, 0x3FF, 0)),
    "565": (16, (0xF800, 0x7E0, 0x1F, 0)),
    "444": (16, (0xF00, 0xF0, 0xF, 0)),
    "444 with alpha": (16, (0xF00, 0xF0, 0xF, 0xF000)),
}


def bmp(image: Image.Image, bits: int, masks: Sequence[int], *, header: int = 108, top_down: bool = False) -> bytes:
    """Return a BMP with bit fields. The alpha of a picture without one is zero."""
    pixels = np.asarray(image).astype(np.uint64)
    values = np.zeros(pixels.shape[:2], np.uint64)
    for channel, mask in enumerate(masks[: pixels.shape[2]]):
        if mask:
            lowest = mask & -mask
            values |= np.round(pixels[..., channel] / 255 * (mask // lowest)).astype(np.uint64) * np.uint64(lowest)
    rows = (values if top_down else values[::-1]).astype(f"<u{bits // 8}").tobytes()
    assert image.width * bits % 32 == 0, "rows need no padding"
    height = -image.height if top_down else image.height
    head = struct.pack("<IiiHHIIiiII", header, image.width, height, 1, bits, 3, len(rows), 0, 0, 0, 0)
    fields = struct.pack("<4I", *masks)[: max(12, header - 40)]
    rest = (head + fields).ljust(header, b"\0")
    start = 14 + len(rest)
    return b"BM" + struct.pack("<IHHI", start + len(rows), 0, 0, start) + rest + rows


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("top_down", [False, True])
@pytest.mark.parametrize("header", [40, 56, 108, 124])
def test_every_layout_of_bit_fields_is_read(layout: str, header: int, top_down: bool) -> None:
    bits, masks = LAYOUTS[layout]

    picture = decode(bmp(quarters(), bits, masks, header=header, top_down=top_down), 32)

    assert (picture.width, picture.height) == (64, 48)
    assert np.allclose(corners(picture.image), corners(quarters()), atol=9)


def test_rows_of_an_odd_width_are_padded() -> None:
    even = bmp(Image.new("RGB", (4, 2), "red"), 16, LAYOUTS["444"][1])
    odd = even[:18] + struct.pack("<i", 3) + even[22:]

    assert decode(odd, 8).image.tobytes() == Image.new("RGB", (3, 2), "red").tobytes()


def test_bit_fields_without_a_description_are_bgra() -> None:
    data = bmp(quarters().convert("RGBA"), 32, (0xFF0000, 0xFF00, 0xFF, 0xFF000000))

    assert corners(decode(data[:54] + bytes(16) + data[70:], 32).image) == corners(quarters())


def test_transparent_parts_of_a_bmp_become_white() -> None:
    image = quarters().convert("RGBA")
    image.paste((0, 0, 0, 0), (0, 0, 32, 24))

    picture = decode(bmp(image, 16, LAYOUTS["444 with alpha"][1]), 32).image

    assert corners(picture)[0] == (255, 255, 255)
    assert np.allclose(corners(picture)[1:], corners(quarters())[1:], atol=9)


def test_error_for_a_truncated_bmp_with_bit_fields_says_that_its_end_is_missing() -> None:
    data = bmp(quarters(), *LAYOUTS["444"])

    with pytest.raises(DecodeError, match="its end is missing"):
        decode(data[: len(data) // 2], 32)


@pytest.mark.parametrize("size", [(MAX_PIXELS // 1000 + 1, 1000), (MAX_PIXELS // 1000 + 1, -1000)])
def test_too_large_bmp_with_bit_fields_is_refused_by_its_header(size: tuple[int, int]) -> None:
    data = bmp(quarters(), *LAYOUTS["444"])

    with pytest.raises(DecodeError, match=r"too large.*million"):
        decode(data[:18] + struct.pack("<ii", *size) + data[26:], 32)


@pytest.mark.parametrize("size", [(-64, 48), (0, 48), (64, 0)])
def test_bmp_with_bit_fields_and_an_impossible_size_is_damaged(size: tuple[int, int]) -> None:
    data = bmp(quarters(), *LAYOUTS["444"])

    with pytest.raises(DecodeError, match="damaged"):
        decode(data[:18] + struct.pack("<ii", *size) + data[26:], 32)
