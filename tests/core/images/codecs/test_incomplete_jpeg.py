from __future__ import annotations

import io

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.model_input import InputSpec, Resample
from core.images.query import make_query
from tests.helpers.pictures.drawn import corners, encoded, quarters, with_orientation

PHOTO = Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)).resize((320, 240))
SPEC = InputSpec(32, 32, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def start(data: bytes, share: float) -> bytes:
    return data[: round(len(data) * share)]


def difference(data: bytes, whole: bytes) -> float:
    """Return the mean difference between two decoded pictures."""
    pictures = [np.asarray(decode(file, 240).image).astype(int) for file in (data, whole)]
    return float(np.abs(pictures[0] - pictures[1]).mean())


@pytest.mark.parametrize("options", [{}, {"subsampling": 0}, {"progressive": True}, {"restart_marker_rows": 1}])
@pytest.mark.parametrize("missing", [1, 2, 3])
def test_jpeg_without_its_last_bytes_is_read(missing: int, options: dict[str, int]) -> None:
    whole = encoded(PHOTO, "JPEG", **options)

    assert difference(whole[:-missing], whole) < 0.5
    assert decode(whole[:-missing], 64).is_incomplete
    assert not decode(whole, 64).is_incomplete


@pytest.mark.parametrize("mode", ["L", "CMYK"])
def test_grey_and_cmyk_jpegs_without_their_last_bytes_are_read(mode: str) -> None:
    data = encoded(PHOTO.convert(mode), "JPEG")

    assert decode(data[:-2], 240).image.tobytes() == decode(data, 240).image.tobytes()


@pytest.mark.parametrize("mode", ["RGB", "L", "CMYK"])
@pytest.mark.parametrize("rest", [b"", bytes(20_000)], ids=["nothing", "zeros"])
@pytest.mark.parametrize("share", [0.3, 0.5, 0.8])
def test_jpeg_that_lacks_more_than_a_tenth_of_its_rows_is_damaged(mode: str, rest: bytes, share: float) -> None:
    data = start(encoded(PHOTO.convert(mode), "JPEG"), share) + rest

    with pytest.raises(DecodeError, match="its end is missing"):
        decode(data, 64)


@pytest.mark.parametrize("rest", [b"", bytes(2000)], ids=["nothing", "zeros"])
def test_jpeg_that_lacks_only_its_last_rows_is_read(rest: bytes) -> None:
    whole = encoded(PHOTO, "JPEG")

    assert 1 < difference(start(whole, 0.95) + rest, whole) < 8


@pytest.mark.parametrize("share", [0.5, 0.9])
def test_progressive_jpeg_is_read_once_all_rows_are_there(share: float) -> None:
    whole = encoded(PHOTO, "JPEG", progressive=True)

    assert difference(start(whole, share), whole) < 15


def test_progressive_jpeg_without_its_last_rows_is_damaged() -> None:
    data = encoded(PHOTO, "JPEG", progressive=True)
    scan = data.index(b"\xff\xda")
    second = data.index(b"\xff\xda", scan + 2)

    with pytest.raises(DecodeError, match="its end is missing"):
        decode(data[: (scan + second) // 2], 64)


def test_black_lower_half_does_not_count_as_missing() -> None:
    image = PHOTO.copy()
    image.paste("black", (0, 120, 320, 240))

    assert decode(encoded(image, "JPEG")[:-2], 64).height == 240


def test_incomplete_jpeg_is_upright() -> None:
    data = with_orientation(quarters(320, 240), 6, "JPEG")[:-2]

    assert np.allclose(corners(decode(data, 64).image), corners(quarters()), atol=20)


def test_incomplete_jpeg_can_be_the_query() -> None:
    data = encoded(PHOTO, "JPEG")

    query = make_query(data[:-2], SPEC, all_views=True)

    assert np.array_equal(query.views, make_query(data, SPEC, all_views=True).views)


def test_first_picture_of_an_incomplete_file_with_two_pictures_is_read() -> None:
    target = io.BytesIO()
    PHOTO.save(target, "MPO", save_all=True, append_images=[Image.new("RGB", PHOTO.size)])
    whole = target.getvalue()

    assert difference(whole[: whole.index(b"\xff\xd9\xff\xd8")], whole) < 0.5
