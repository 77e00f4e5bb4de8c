from __future__ import annotations

import struct

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.rendering import DRAFT_MARGIN, MARGIN, MAX_PIXELS
from tests.helpers.pictures.drawn import FORMATS, GREEN, RED, chunk, corners, encoded, grey_png, quarters
from tests.helpers.pictures.heif_files import heic, thumbnail_of, with_thumbnail

LOSSLESS = ("PNG", "BMP", "TIFF")


def jpeg_claiming(width: int, height: int) -> bytes:
    """Return a small JPEG whose header claims another size."""
    data = encoded(quarters(), "JPEG")
    place = data.index(b"\xff\xc0") + 5
    return data[:place] + struct.pack(">HH", height, width) + data[place + 4 :]


@pytest.mark.parametrize("name", FORMATS)
def test_every_photo_format_is_read(name: str) -> None:
    picture = decode(encoded(quarters(160, 120), name), 120)

    assert picture.image.mode == "RGB"
    assert picture.image.size == (160, 120)
    assert np.allclose(corners(picture.image), corners(quarters()), atol=1 if name in LOSSLESS else 25)


@pytest.mark.parametrize("name", ["ICO", "JPEG2000", "PCX", "PPM", "SGI", "DDS", "DIB", "IM", "TGA", "QOI", "MPO"])
def test_rarer_formats_are_read(name: str) -> None:
    picture = decode(encoded(quarters(48, 36), name), 32)

    assert np.allclose(corners(picture.image), corners(quarters()), atol=20)


@pytest.mark.parametrize("name", ["GIF", "PNG", "WEBP", "TIFF", "MPO", "HEIF"])
def test_first_frame_or_page_is_used(name: str) -> None:
    frames = [Image.new("RGB", (32, 24), colour) for colour in (GREEN, RED, RED)]
    data = encoded(frames[0], name, save_all=True, append_images=frames[1:])

    assert np.allclose(corners(decode(data, 16).image), GREEN, atol=12)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("size", [(900, 700), (700, 900), (2000, 100), (130, 1)])
def test_shorter_side_is_as_long_as_requested_if_the_picture_is_large_enough(name: str, size: tuple[int, int]) -> None:
    picture = decode(encoded(quarters(*size), name), 64)

    assert min(picture.image.size) >= min(64, *size)
    assert (picture.width, picture.height) == size


@pytest.mark.parametrize("name", FORMATS)
def test_large_picture_is_shrunk(name: str) -> None:
    picture = decode(encoded(quarters(1200, 900), name), 16)

    assert min(picture.image.size) >= 16 * DRAFT_MARGIN, "some size is left for the better resize that follows"
    assert max(picture.image.size) < 6 * 16 * MARGIN
    assert np.allclose(corners(picture.image), corners(quarters()), atol=25)


@pytest.mark.parametrize(("side", "shorter"), [(80, 113), (100, 225), (200, 450), (400, 900)])
def test_jpeg_is_decoded_slightly_larger_than_requested(side: int, shorter: int) -> None:
    assert min(decode(encoded(quarters(1200, 900), "JPEG"), side).image.size) == shorter


def test_heic_is_decoded_from_the_picture_and_not_from_its_thumbnail() -> None:
    picture, other = (heic(Image.new("RGB", (800, 600), colour)) for colour in (RED, GREEN))

    data = with_thumbnail(picture, thumbnail_of(other))

    for side in (64, 224):
        assert np.allclose(corners(decode(data, side).image), RED, atol=12)


def test_shrinking_keeps_the_aspect_ratio() -> None:
    image = decode(encoded(quarters(1600, 400), "JPEG"), 32).image

    assert image.width / image.height == pytest.approx(4, rel=0.03)


@pytest.mark.parametrize("size", [(1, 1), (1, 3000), (3000, 1), (2, 2)])
@pytest.mark.parametrize("name", ["PNG", "JPEG", "GIF", "WEBP"])
def test_very_thin_pictures_are_read(name: str, size: tuple[int, int]) -> None:
    assert decode(encoded(Image.new("RGB", size, RED), name), 224).image.size == size


def test_picture_of_the_maximum_size_is_read() -> None:
    width, height = 20_000, MAX_PIXELS // 20_000

    picture = decode(grey_png(width, height, b"\0" * (height * (1 + width // 8)), depth=1), 8)

    assert (picture.width, picture.height) == (width, height)


@pytest.mark.parametrize(
    "data",
    [
        grey_png(MAX_PIXELS // 10_000 + 1, 10_000, b""),
        grey_png(2**31 - 1, 2**31 - 1, b""),
        jpeg_claiming(65_500, 65_500),
        jpeg_claiming(20_000, 16_000),
    ],
    ids=["just too large", "absurd", "JPEG", "JPEG that Pillow warns about"],
)
def test_too_large_picture_is_refused_by_its_header(data: bytes) -> None:
    with pytest.raises(DecodeError, match=r"^The picture is too large.*million"):
        decode(data, 64)


def test_jpeg_may_be_larger_because_it_is_shrunk_while_decoding() -> None:
    picture = decode(jpeg_claiming(15_000, 14_000), 16)

    assert (picture.width, picture.height) == (15_000, 14_000)
    assert picture.image.width < 16 * MARGIN * 2


def test_error_for_an_empty_file_says_that_it_is_empty() -> None:
    with pytest.raises(DecodeError, match="empty"):
        decode(b"", 64)


@pytest.mark.parametrize("data", [b"just a text " * 50, b"\0" * 1000, b"%PDF-1.4\n%\n", b"<svg/>", b"\xff\xd8\xff"])
def test_error_for_other_files_says_that_they_are_not_pictures(data: bytes) -> None:
    with pytest.raises(DecodeError, match="not a picture"):
        decode(data, 64)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("share", [0.02, 0.3, 0.6, 0.88])
def test_truncated_file_is_an_error(name: str, share: float) -> None:
    data = encoded(quarters(120, 90).effect_spread(30), name)

    with pytest.raises(DecodeError, match=r"damaged|not a picture"):
        decode(data[: int(len(data) * share)], 64)


@pytest.mark.parametrize("name", ["JPEG", "PNG", "GIF", "BMP", "TIFF"])
def test_error_for_a_truncated_file_says_that_its_end_is_missing(name: str) -> None:
    data = encoded(quarters(120, 90).effect_spread(30), name)

    with pytest.raises(DecodeError, match="its end is missing"):
        decode(data[: int(len(data) * 0.8)], 64)


@pytest.mark.parametrize("kind", [b"zTXt", b"iTXt", b"iCCP"])
def test_png_chunk_that_is_a_decompression_bomb_is_refused(kind: bytes) -> None:
    import zlib

    packer = zlib.compressobj(9)
    packed = b"".join(packer.compress(bytes(1 << 20)) for _ in range(200)) + packer.flush()
    before = {b"zTXt": b"a\0\0", b"iTXt": b"a\0\1\0\0\0", b"iCCP": b"a\0\0"}[kind]

    with pytest.raises(DecodeError):
        decode(grey_png(1, 1, b"\0\0", chunk(kind, before + packed)), 8)


def test_error_message_has_no_technical_details() -> None:
    with pytest.raises(DecodeError) as error:
        decode(encoded(quarters(), "WEBP")[:40], 64)

    assert str(error.value) == "The file is damaged, or of a kind that Semblance cannot read."
