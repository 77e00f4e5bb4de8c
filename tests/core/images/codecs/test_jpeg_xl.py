from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import numpy as np
import pylibjxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.formats import HEAD, extensions, is_picture
from core.images.rendering import MAX_PIXELS
from tests.helpers.checkout import CHECKOUT
from tests.helpers.pictures.drawn import (
    GREEN,
    SRGB_BLUE,
    SRGB_GREEN,
    SRGB_RED,
    corners,
    encoded,
    exif,
    noise,
    profile,
    quarters,
    with_orientation,
)

if TYPE_CHECKING:
    from pathlib import Path

pylibjxl.register_pillow()  # lets Pillow write JPEG XL

ANIMATED = bytes.fromhex(
    "ff0ac5044d0020260804010060004b188b1500941f638cf1ff0fe0000e66111820415c1843040804010054004b18"
    "8b1500d41f63d0c73f800838fadd0221dd00010804050054004b188b1500d41f63d0c73f800838fadd0221dd0001"
)
"""A green frame of 32 x 24 pixels and two red ones."""


def transcoded(upright: Image.Image, orientation: int, taken: str = "") -> bytes:
    """Return a camera JPEG that was transcoded to JPEG XL without loss, as photo programs offer."""
    tags = exif(orientation, taken) if taken else None
    return pylibjxl.jpeg_to_jxl(
        encoded(upright, "JPEG", exif=tags) if tags else with_orientation(upright, orientation, "JPEG")
    )


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L"])
@pytest.mark.parametrize("is_lossless", [False, True])
def test_lossy_and_lossless_pictures_are_read(mode: str, is_lossless: bool) -> None:
    painted = quarters(160, 120).convert(mode)

    picture = decode(encoded(painted, "JXL", lossless=is_lossless), 120)

    assert picture.image.mode == "RGB"
    assert picture.image.size == (160, 120)
    assert np.allclose(corners(picture.image), corners(painted.convert("RGB")), atol=10)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(orientation: int) -> None:
    picture = decode(transcoded(quarters(64, 48), orientation), 32)

    assert (picture.width, picture.height) == picture.image.size == (64, 48)
    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


def test_date_taken_is_read() -> None:
    assert decode(transcoded(quarters(), 1, "2020:01:02 03:04:05"), 16).metadata.taken_at == 1577934245
    assert decode(encoded(quarters(), "JXL", exif=exif(1, "2020:01:02 03:04:05")), 16).metadata.taken_at == 1577934245


def test_colour_profile_is_applied() -> None:
    swapped = profile(SRGB_GREEN, SRGB_RED, SRGB_BLUE)

    picture = decode(encoded(Image.new("RGB", (64, 48), "red"), "JXL", icc_profile=swapped), 32)

    assert np.allclose(corners(picture.image), (0, 255, 0), atol=20)


def test_first_frame_is_used() -> None:
    assert np.allclose(corners(decode(ANIMATED, 16).image), GREEN, atol=12)


def header(width: int, height: int) -> bytes:
    """Return the header of a picture of this size. The format packs fields into bits, the lowest bit first."""
    numbers = [(0, 1), (3, 2), (height - 1, 30), (0, 3), (3, 2), (width - 1, 30), (1, 1)]
    bits, used = 0, 0
    for number, length in numbers:
        bits |= number << used
        used += length
    return b"\xff\x0a" + bits.to_bytes(-(-used // 8), "little")


@pytest.mark.parametrize("size", [(10_000, MAX_PIXELS // 10_000 + 1), (2**30, 2**30)])
def test_too_large_picture_is_refused_by_its_header(size: tuple[int, int]) -> None:
    with pytest.raises(DecodeError, match=r"^The picture is too large"):
        decode(header(*size), 64)

    with pytest.raises(DecodeError, match="damaged"):
        decode(header(64, 48), 64)


@pytest.mark.parametrize("share", [0.1, 0.5, 0.9])
def test_truncated_file_is_an_error(share: float) -> None:
    data = encoded(noise(1, 200, 150), "JXL")

    with pytest.raises(DecodeError, match="damaged"):
        decode(data[: int(len(data) * share)], 64)


REAL = [encoded(noise(1, 200, 150), "JXL"), transcoded(noise(2), 6)]


@pytest.mark.parametrize("real", REAL, ids=["bare", "in a box"])
@settings(max_examples=80, deadline=None)
@given(draw=st.data())
def test_damaged_picture_decodes_or_raises_a_decode_error(real: bytes, draw: st.DataObject) -> None:
    data = bytearray(real)
    places = st.integers(0, len(data) - 1) | st.integers(0, 60)
    for place, value in draw.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        data[place] = value

    try:
        picture = decode(bytes(data[: draw.draw(st.just(len(data)) | st.integers(1, len(data)))]), 16)
    except DecodeError as error:
        assert str(error).startswith("The ")  # noqa: PT017 - either outcome is right
        return
    assert picture.image.mode == "RGB"


def test_picture_is_recognised_by_its_first_bytes(tmp_path: Path) -> None:
    assert is_picture(tmp_path / "not there", REAL[1][:HEAD])
    assert ".jxl" in extensions()


def test_other_formats_are_recognised_without_the_jpeg_xl_decoder() -> None:
    code = (
        "import sys; sys.modules['pylibjxl'] = None; from pathlib import Path;"
        "from core.images.formats import extensions, is_picture;"
        r"print('.jxl' in extensions(), '.jpg' in extensions(), is_picture(Path('x'), b'qoif' + bytes(28)),"
        r"is_picture(Path('x'), b'\0\0\0\x0cJXL \r\n\x87\n' + bytes(20)))"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)

    assert run.stdout.split() == ["False", "True", "True", "False"]
