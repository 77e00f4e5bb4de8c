from __future__ import annotations

import io
import subprocess
import sys
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.errors import DecodeError
from core.images.codecs.raw import MAX_PIXELS_DEVELOPED
from core.images.decoder import decode
from core.images.reader import read_only_metadata
from core.images.thumbnail import make_thumbnail
from core.types import Metadata
from tests.helpers.checkout import CHECKOUT
from tests.helpers.pictures.drawn import SRGB_BLUE, SRGB_GREEN, SRGB_RED, corners, encoded, exif, profile, quarters
from tests.helpers.pictures.raw_files import Dng

if TYPE_CHECKING:
    from pathlib import Path

TINY = (24, 16)
SENSOR = quarters(96, 64)
BLACK = Image.new("RGB", SENSOR.size)
TOLERANCE = 40
"""How far colours may be off, because developing brightens a picture as much as possible."""

TURNS = {
    1: None,
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}


def upright(image: Image.Image, orientation: int) -> Image.Image:
    turn = TURNS[orientation]
    return image if turn is None else image.transpose(turn)


def jpeg(image: Image.Image, orientation: int | None = None, taken: str = "") -> bytes:
    """Return a JPEG as cameras write it: without a JFIF header, so that any EXIF tags come first."""
    data = encoded(image, "JPEG")
    data = data[:2] + data[4 + int.from_bytes(data[4:6]) :]
    if orientation is None:
        return data
    tags = b"Exif\0\0" + exif(orientation, taken).removeprefix(b"Exif\0\0")
    return data[:2] + b"\xff\xe1" + (len(tags) + 2).to_bytes(2) + tags + data[2:]


def test_preview_is_used_instead_of_the_sensor_data() -> None:
    picture = decode(Dng(BLACK, jpeg(quarters(96, 64))).data(), 32)

    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


@pytest.mark.parametrize("is_linear", [False, True], ids=["mosaic", "linear"])
def test_sensor_data_is_developed_if_there_is_no_preview(is_linear: bool) -> None:
    picture = decode(Dng(SENSOR, linear=is_linear).data(), 32)

    assert picture.image.mode == "RGB"
    assert np.allclose(corners(picture.image), corners(SENSOR), atol=TOLERANCE)
    assert (picture.width, picture.height) == SENSOR.size


def test_white_balance_of_the_camera_is_applied() -> None:
    grey = Image.new("RGB", (96, 64), (120, 120, 120))
    seen = Dng(grey, neutral=(4, 2, 2))

    red, green, blue = corners(decode(seen.data(), 32).image)[0]

    assert red < green - TOLERANCE
    assert abs(green - blue) < TOLERANCE


def test_preview_smaller_than_requested_is_ignored() -> None:
    data = Dng(SENSOR, jpeg(Image.new("RGB", TINY))).data()

    picture = decode(data, 32)

    assert np.allclose(corners(picture.image), corners(SENSOR), atol=TOLERANCE)
    assert decode(data, 8).image.getpixel((2, 2)) == (0, 0, 0), "the preview is large enough for this size"


def test_small_preview_is_used_if_the_sensor_data_is_damaged() -> None:
    data = Dng(SENSOR, jpeg(quarters(*TINY)), orientation=6).data(cut_off=True)

    picture = decode(data, 32)

    assert picture.image.size == TINY[::-1]
    assert np.allclose(corners(picture.image), corners(upright(quarters(), 6)), atol=20)
    assert (picture.width, picture.height) == (64, 96)


def test_broken_preview_is_ignored() -> None:
    preview = jpeg(quarters(96, 64).effect_spread(30))
    data = Dng(SENSOR, preview).data().replace(preview, preview[:400].ljust(len(preview), b"\0"))

    picture = decode(data, 32)

    assert np.allclose(corners(picture.image), corners(SENSOR), atol=TOLERANCE)


@pytest.mark.parametrize(("side", "shorter"), [(16, 32), (32, 32), (33, 64), (500, 64)])
def test_half_size_is_developed_if_it_is_large_enough(side: int, shorter: int) -> None:
    assert min(decode(Dng(SENSOR).data(), side).image.size) == shorter


@pytest.mark.parametrize("orientation", TURNS)
def test_developed_photo_is_upright(orientation: int) -> None:
    picture = decode(Dng(SENSOR, orientation=orientation).data(), 32)

    wanted = upright(SENSOR, orientation)
    assert np.allclose(corners(picture.image), corners(wanted), atol=TOLERANCE)
    assert (picture.width, picture.height) == wanted.size


@pytest.mark.parametrize(
    ("orientation", "tag"), [(turn, tag) for turn in TURNS for tag in (None, turn, *([1] if turn >= 5 else []))]
)
def test_preview_in_the_orientation_of_the_sensor_is_turned_once(orientation: int, tag: int | None) -> None:
    picture = decode(Dng(BLACK, jpeg(quarters(96, 64), tag), orientation).data(), 32)

    wanted = upright(SENSOR, orientation)
    assert np.allclose(corners(picture.image), corners(wanted), atol=20)
    assert (picture.width, picture.height) == wanted.size


@pytest.mark.parametrize(("orientation", "tag"), [*product((5, 6, 7, 8), (None, 1)), (3, 1)])
def test_preview_that_is_already_upright_is_not_turned(orientation: int, tag: int | None) -> None:
    wanted = upright(quarters(96, 64), orientation)

    picture = decode(Dng(BLACK, jpeg(wanted, tag), orientation).data(), 32)

    assert np.allclose(corners(picture.image), corners(wanted), atol=20)
    assert (picture.width, picture.height) == wanted.size


def test_size_is_that_of_the_photo_not_of_its_preview() -> None:
    picture = decode(Dng(quarters(400, 300), jpeg(quarters(200, 150)), orientation=8).data(), 32)

    assert (picture.width, picture.height) == (300, 400)


def test_colour_profile_of_the_preview_is_applied() -> None:
    swapped = encoded(Image.new("RGB", (96, 64), "red"), "JPEG", icc_profile=profile(SRGB_GREEN, SRGB_RED, SRGB_BLUE))

    picture = decode(Dng(BLACK, swapped).data(), 32)

    assert np.allclose(corners(picture.image), (0, 255, 0), atol=20)


@pytest.mark.parametrize("preview", [b"", jpeg(quarters(96, 64))], ids=["no preview", "preview"])
@pytest.mark.parametrize(("text", "seconds"), [("2020:01:02 03:04:05", 1577934245), ("", None), ("soon", None)])
def test_date_taken_is_read_from_the_raw_file(preview: bytes, text: str, seconds: int | None) -> None:
    assert decode(Dng(SENSOR, preview, taken=text).data(), 32).metadata.taken_at == seconds


@pytest.mark.parametrize("has_preview", [False, True])
def test_camera_is_read_from_the_raw_file_by_both_readers(tmp_path: Path, has_preview: bool) -> None:
    preview = encoded(quarters(160, 120), "JPEG") if has_preview else b""
    file = tmp_path / "photo.dng"
    file.write_bytes(Dng(SENSOR, preview, taken="2020:01:02 03:04:05").data())

    metadata = Metadata(1577934245, camera="Semblance Test")
    assert decode(file.read_bytes(), 32).metadata == metadata
    assert read_only_metadata(file) == metadata


def test_date_taken_is_read_from_the_preview() -> None:
    preview = jpeg(quarters(96, 64), 1, "2020:01:02 03:04:05")

    assert decode(Dng(SENSOR, preview).data(), 32).metadata.taken_at == 1577934245


def test_thumbnail_of_a_raw_file_is_upright() -> None:
    data = make_thumbnail(Dng(SENSOR, jpeg(quarters(96, 64)), orientation=6).data(), 48)

    with Image.open(io.BytesIO(data)) as thumbnail:
        assert thumbnail.size == (32, 48)


def test_photo_too_large_to_be_developed_is_refused_by_its_header() -> None:
    data = Dng(SENSOR, claimed=(10_000, MAX_PIXELS_DEVELOPED // 10_000 + 1)).data()

    with pytest.raises(
        DecodeError, match=r"^The picture is too large, .*for RAW files without a preview is 64 million"
    ):
        decode(data, 32)


def test_preview_is_used_if_the_photo_is_too_large_to_be_developed() -> None:
    claimed = (10_000, MAX_PIXELS_DEVELOPED // 10_000 + 1)

    picture = decode(Dng(SENSOR, jpeg(quarters(*TINY)), claimed=claimed).data(), 32)

    assert picture.image.size == TINY
    assert (picture.width, picture.height) == claimed


def test_error_for_a_damaged_raw_file_says_so() -> None:
    with pytest.raises(DecodeError, match=r"^The RAW file is damaged, or of a kind"):
        decode(Dng(SENSOR).data(cut_off=True), 32)


@pytest.mark.parametrize(
    "beginning", [b"FUJIFILMCCD-RAW ", b"IIRO", b"FOVb", b"\0\0\0\x18ftypcrx ", b"II*\0\x10\0\0\0CR\2\0"]
)
def test_file_that_only_begins_like_a_raw_file_is_an_error(beginning: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^The RAW file is damaged, or .* camera"):
        decode(beginning.ljust(5000, b"\1"), 32)


REAL = [Dng(SENSOR).data(), Dng(BLACK, jpeg(quarters(96, 64)), orientation=6, taken="2020:01:02 03:04:05").data()]


@pytest.mark.parametrize("real", REAL, ids=["no preview", "preview"])
@settings(max_examples=100, deadline=None)
@given(draw=st.data())
def test_damaged_raw_file_decodes_or_raises_a_decode_error(real: bytes, draw: st.DataObject) -> None:
    data = bytearray(real)
    # The metadata comes before the sensor data.
    places = st.integers(0, len(data) - SENSOR.width * SENSOR.height * 2)
    for place, value in draw.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        data[place] = value

    try:
        picture = decode(bytes(data[: draw.draw(st.just(len(data)) | st.integers(1, len(data)))]), 16)
    except DecodeError as error:
        assert str(error).startswith("The ")  # noqa: PT017 - either outcome is right
        return
    assert picture.image.mode == "RGB"


def test_raw_and_jpeg_xl_decoders_are_imported_only_if_needed() -> None:
    code = (
        "import io, sys; from PIL import Image; from core.images.decoder import decode; file = io.BytesIO();"
        "Image.new('RGB', (9, 9)).save(file, 'TIFF'); decode(file.getvalue(), 8);"
        "print({'rawpy', 'pylibjxl'} & sys.modules.keys())"
    )

    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)

    assert run.stdout.strip() == "set()"
