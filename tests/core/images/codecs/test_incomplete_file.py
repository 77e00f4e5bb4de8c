from __future__ import annotations

import struct
import zlib

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.codecs import incomplete_file
from core.images.codecs.incomplete_file import filled_up
from core.images.decoder import decode
from core.images.model_input import InputSpec, Resample
from core.images.query import make_query
from tests.helpers.pictures.drawn import chunk, encoded

PHOTO = Image.fromarray(np.random.default_rng(1).integers(0, 256, (60, 80, 3), np.uint8)).resize((320, 240))
SPEC = InputSpec(32, 32, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

FORMATS = {
    "PNG": encoded(PHOTO),
    "grey PNG": encoded(PHOTO.convert("L")),
    "PNG with few colours": encoded(PHOTO.convert("P").quantize(16)),
    "WebP": encoded(PHOTO, "WEBP"),
    "lossless WebP": encoded(PHOTO, "WEBP", lossless=True),
    "HEIF": encoded(PHOTO, "HEIF"),
    "PPM": encoded(PHOTO, "PPM"),
    "TIFF": encoded(PHOTO, "TIFF"),
}


def decoded(data: bytes) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    return np.asarray(decode(data, 240).image).astype(np.int32)


@pytest.mark.parametrize("whole", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("share", [0.92, 0.97, 0.999])
def test_what_is_there_of_a_file_is_shown_as_it_is_in_the_complete_file(whole: bytes, share: float) -> None:
    cut = whole[: int(len(whole) * share)]

    assert decode(cut, 240).is_incomplete
    assert not decode(whole, 240).is_incomplete
    there = slice(0, 180)  # rows; the share of the bytes is not exactly that of the rows
    assert np.abs(decoded(cut)[there] - decoded(whole)[there]).mean() < 0.5


@pytest.mark.parametrize("whole", FORMATS.values(), ids=FORMATS.keys())
@pytest.mark.parametrize("share", [0.1, 0.5, 0.85])
def test_file_that_lacks_more_than_a_tenth_is_damaged(whole: bytes, share: float) -> None:
    with pytest.raises(DecodeError):
        decode(whole[: int(len(whole) * share)], 240)


def test_missing_rows_of_a_png_repeat_the_last_one() -> None:
    whole = encoded(Image.linear_gradient("L"), compress_level=0)
    cut = decoded(whole[: int(len(whole) * 0.95)])

    last = int(cut.max())
    assert (cut[last:] == cut[last]).all()
    assert 240 <= last < 250


def test_interlaced_png_without_its_end_is_read() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (100, 100), np.uint8)
    passes = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
    rows = b"".join(b"\0" + row.tobytes() for x, y, dx, dy in passes for row in pixels[y::dy, x::dx])
    header = struct.pack(">IIBBBBB", 100, 100, 8, 0, 0, 0, 1)
    data = b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows, 0))

    cut = decode(data[: int(len(data) * 0.92)], 100)

    assert cut.is_incomplete
    assert (np.asarray(cut.image)[:80, :, 0] == pixels[:80]).all()
    assert (np.asarray(cut.image)[::2, :, 0] == pixels[::2]).all()


def test_bmp_without_its_end_lacks_its_upper_rows() -> None:
    whole = encoded(PHOTO, "BMP")
    cut = whole[: int(len(whole) * 0.95)]

    assert (decoded(cut)[15:] == decoded(whole)[15:]).all()
    assert decode(cut, 240).is_incomplete


def test_png_of_too_many_pixels_is_not_decompressed(monkeypatch: pytest.MonkeyPatch) -> None:
    cut = encoded(PHOTO)[:-1000]
    assert filled_up(cut) is not None
    monkeypatch.setattr(incomplete_file, "MAX_PIXELS", 320 * 240 - 1)
    assert filled_up(cut) is None


def test_incomplete_file_can_be_the_query() -> None:
    data = encoded(PHOTO, "WEBP")

    query = make_query(data[:-2], SPEC, all_views=True)

    assert query.views.shape == make_query(data, SPEC, all_views=True).views.shape
