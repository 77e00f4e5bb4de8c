from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.errors import DecodeError
from core.images.decoder import decode
from tests.helpers.pictures.drawn import encoded, exif, noise

NAMES = ("JPEG", "PNG", "GIF", "WEBP", "TIFF", "BMP", "HEIF", "AVIF", "PPM", "TGA", "ICO", "PCX", "QOI", "JPEG2000")
REAL = {name: encoded(noise(1), name) for name in NAMES} | {
    "progressive": encoded(noise(2), "JPEG", progressive=True, exif=exif(5)),
    "deflated": encoded(noise(3), "TIFF", compression="tiff_adobe_deflate"),
    "palette": encoded(noise(4).quantize(16), "PNG", transparency=3),
}
BEGINNINGS = (
    b"\xff\xd8\xff\xe0",
    b"\x89PNG\r\n\x1a\n",
    b"GIF89a",
    b"RIFF\x40\0\0\0WEBPVP8 ",
    b"II*\0\x08\0\0\0",
    b"BM",
)


def assert_picture_or_error(data: bytes) -> None:
    try:
        picture = decode(data, 16)
    except DecodeError as error:
        assert str(error).startswith("The ")  # noqa: PT017 - either outcome is right
        return
    assert picture.image.mode == "RGB"
    assert min(picture.image.size) >= min(16, picture.width, picture.height)
    picture.image.resize((4, 4))


@settings(max_examples=200, deadline=None)
@given(st.binary(max_size=200) | st.builds(bytes.__add__, st.sampled_from(BEGINNINGS), st.binary(max_size=200)))
def test_any_bytes_decode_or_raise_a_decode_error(data: bytes) -> None:
    assert_picture_or_error(data)


@pytest.mark.parametrize("name", REAL)
@settings(max_examples=80, deadline=None)
@given(draw=st.data())
def test_damaged_picture_decodes_or_raises_a_decode_error(name: str, draw: st.DataObject) -> None:
    data = bytearray(REAL[name])
    # Damage near the beginning does the most harm, because sizes and offsets are there.
    places = st.integers(0, len(data) - 1) | st.integers(0, min(len(data) - 1, 120))
    for place, value in draw.draw(st.lists(st.tuples(places, st.integers(0, 255)), max_size=6)):
        data[place] = value
    begin, end = sorted(draw.draw(st.tuples(st.integers(0, len(data)), st.integers(0, len(data)))))
    keep = draw.draw(st.sampled_from(["all", "beginning", "without the middle", "middle twice"]))
    parts = {
        "all": data,
        "beginning": data[:end],
        "without the middle": data[:begin] + data[end:],
        "middle twice": data[:end] + data[begin:],
    }

    assert_picture_or_error(bytes(parts[keep]))
