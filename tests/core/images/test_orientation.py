from __future__ import annotations

import struct

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decoder import decode
from tests.helpers.pictures.drawn import corners, encoded, exif, quarters, with_orientation

NAMES = ("JPEG", "PNG", "WEBP", "TIFF", "HEIF", "AVIF")


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", NAMES)
def test_orientation_is_applied_in_every_format(name: str, orientation: int) -> None:
    upright = quarters(64, 48)

    picture = decode(with_orientation(upright, orientation, name), 32)

    assert picture.image.size == (64, 48)
    assert np.allclose(corners(picture.image), corners(upright), atol=20)
    assert (picture.width, picture.height) == (64, 48)


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("size", [(640, 480), (480, 640), (601, 600), (600, 601), (600, 600), (4000, 90)])
def test_size_of_a_shrunk_picture_is_that_of_the_upright_original(size: tuple[int, int], orientation: int) -> None:
    picture = decode(with_orientation(quarters(*size), orientation, "JPEG"), 16)

    assert (picture.width, picture.height) == size
    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


@pytest.mark.parametrize("orientation", [0, 9, 65535])
def test_invalid_orientation_is_ignored(orientation: int) -> None:
    picture = decode(encoded(quarters(), "JPEG", exif=exif(orientation)), 32)

    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("kind", [1, 7], ids=["BYTE", "UNDEFINED"])
def test_orientation_that_is_stored_as_a_byte_is_applied(name: str, kind: int) -> None:
    tags = b"Exif\0\0MM\0*" + struct.pack(">IHHHI4sI", 8, 1, 0x0112, kind, 1, b"\6", 0)

    picture = decode(encoded(quarters(64, 48), name, exif=tags), 32)

    assert picture.image.size == (48, 64)


def test_orientation_in_xmp_is_used_if_there_is_none_in_exif() -> None:
    xmp = b'<x:xmpmeta xmlns:x="adobe:ns:meta/" tiff:Orientation="6"></x:xmpmeta>'

    picture = decode(encoded(quarters(), "JPEG", xmp=xmp), 32)

    assert picture.image.size == (48, 64)


EXIF = exif(6, "2020:01:02 03:04:05")
UPRIGHT = Image.new("RGB", (24, 16))


@settings(max_examples=300, deadline=None)
@given(st.lists(st.tuples(st.integers(6, len(EXIF) - 1), st.integers(0, 255)), max_size=6), st.integers(20, len(EXIF)))
def test_photo_with_any_damage_to_its_exif_tags_is_read(changes: list[tuple[int, int]], length: int) -> None:
    tags = bytearray(EXIF)
    for place, value in changes:
        tags[place] = value

    picture = decode(encoded(UPRIGHT, "JPEG", exif=bytes(tags[:length])), 16)

    assert {picture.width, picture.height} == {24, 16}


def test_orientation_is_applied_despite_text_in_a_numeric_tag() -> None:
    maker, width = b"\x01\x0f\x00\x02", b"\x01\x00\x00\x02"
    assert maker in EXIF
    odd = EXIF.replace(maker, width)

    picture = decode(encoded(quarters(), "JPEG", exif=odd), 32)

    assert picture.image.size == (48, 64)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("2020:01:02 03:04:05", 1577934245),
        ("1969:12:31 23:59:59", -1),
        ("2020:01:02 03:04:05\0", 1577934245),
        ("0000:00:00 00:00:00", None),
        ("    :  :     :  :  ", None),
        ("yesterday", None),
        ("", None),
    ],
)
@pytest.mark.parametrize("name", ["JPEG", "PNG", "HEIF"])
def test_date_taken_is_read_if_it_is_valid(text: str, seconds: int | None, name: str) -> None:
    assert decode(encoded(quarters(), name, exif=exif(1, text)), 16).metadata.taken_at == seconds
