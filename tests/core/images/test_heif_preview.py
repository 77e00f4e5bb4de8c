"""The embedded preview of a HEIC photo looks like the photo, and a bad one costs only itself."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.images import heif_preview
from core.images.decoder import decode
from core.images.heif_preview import MAX_READ, decode_embedded_preview, read_without_picture
from tests.helpers.pictures.drawn import (
    BLUE,
    GREEN,
    RED,
    SRGB_BLUE,
    SRGB_GREEN,
    SRGB_RED,
    YELLOW,
    corners,
    exif,
    noise,
    profile,
    quarters,
    with_orientation,
)
from tests.helpers.pictures.heif_files import (
    heic,
    padded,
    thumbnail_of,
    with_late_tables,
    with_thumbnail,
    with_thumbnail_at,
)

if TYPE_CHECKING:
    from core.images.rendering import Decoded

SIDE = 64
PHOTO = heic(quarters(800, 600))


def with_endless_table(data: bytes) -> bytes:
    """Return a file whose `iloc` box claims to have billions of entries."""
    changed, start = bytearray(data), data.index(b"iloc") + 4
    changed[start] = 2
    changed[start + 6 : start + 10] = b"\xff" * 4
    return bytes(changed)


def preview_of(data: bytes) -> Decoded | None:
    """Return the preview, decoded from only the parts of the file that it takes."""
    part = read_without_picture(io.BytesIO(data), len(data))
    return None if part is None else decode_embedded_preview(part, SIDE)


def assert_like_the_photo(data: bytes) -> None:
    preview, photo = preview_of(data), decode(data, SIDE)
    assert preview
    assert (preview.width, preview.height, preview.metadata) == (photo.width, photo.height, photo.metadata)
    assert preview.image.mode == "RGB"
    size = preview.image.size
    difference = np.asarray(preview.image, int) - np.asarray(photo.image.resize(size), int)
    assert np.abs(difference).mean() < 4


def test_preview_shows_the_photo() -> None:
    preview = preview_of(PHOTO)

    assert preview
    assert max(preview.image.size) <= 320
    assert (preview.width, preview.height) == (800, 600)
    assert np.allclose(corners(preview.image), [RED, GREEN, BLUE, YELLOW], atol=12)


@pytest.mark.parametrize("size", [(800, 600), (600, 800), (1200, 300), (301, 799)])
def test_preview_has_the_proportions_of_the_photo(size: tuple[int, int]) -> None:
    assert_like_the_photo(heic(noise(1, *size)))


@pytest.mark.parametrize("orientation", range(1, 9))
def test_preview_is_upright(orientation: int) -> None:
    data = with_orientation(quarters(800, 600), orientation, "HEIF", thumbnails=[320])

    assert_like_the_photo(data)
    preview = preview_of(data)
    assert preview
    assert np.allclose(corners(preview.image), [RED, GREEN, BLUE, YELLOW], atol=12)


@pytest.mark.parametrize(
    "colours",
    [
        {"icc_profile": profile(SRGB_GREEN, SRGB_RED, SRGB_BLUE)},
        {"color_primaries": 12, "transfer_characteristics": 13},
        {"color_primaries": 9, "transfer_characteristics": 16},
    ],
)
def test_preview_has_the_colours_of_the_photo(colours: dict[str, object]) -> None:
    data = heic(quarters(800, 600), (320,), **colours)
    plain, coloured = decode(PHOTO, SIDE).image, decode(data, SIDE).image
    assert not np.allclose(corners(plain), corners(coloured), atol=12), "the colours make no difference"
    assert_like_the_photo(data)


@pytest.mark.parametrize("mode", ["RGBA", "L", "LA"])
def test_preview_of_other_modes_looks_like_the_photo(mode: str) -> None:
    image = quarters(800, 600).convert(mode)
    if mode.endswith("A"):
        image.putalpha(Image.linear_gradient("L").resize(image.size))
    assert_like_the_photo(heic(image))


def test_preview_of_a_photo_in_tiles_looks_like_the_photo() -> None:
    assert_like_the_photo(heic(noise(2, 800, 600), tile_size=256))


def test_preview_has_the_date_of_the_photo() -> None:
    assert_like_the_photo(heic(quarters(800, 600), exif=exif(taken="2024:05:06 07:08:09")))


def test_preview_at_the_end_of_the_file_is_found() -> None:
    assert_like_the_photo(with_thumbnail(padded(PHOTO, 500_000), thumbnail_of(PHOTO)))


def test_tables_need_not_come_first() -> None:
    assert_like_the_photo(with_late_tables(PHOTO, 200_000))


def test_the_picture_is_not_read() -> None:
    data = heic(noise(3, 1200, 900))
    part = read_without_picture(io.BytesIO(data), len(data))
    assert part
    assert len(part) == len(data)
    assert part.count(0) > len(data) / 2


def test_photo_without_a_preview_has_none() -> None:
    assert preview_of(heic(quarters(800, 600), thumbnails=[])) is None


def test_preview_that_is_too_small_is_not_used() -> None:
    assert preview_of(heic(quarters(800, 600), thumbnails=[SIDE - 2])) is None


def test_preview_that_is_too_large_is_not_decoded(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(heif_preview, "MAX_SIDE", 200)
    assert preview_of(PHOTO) is None


def test_smallest_preview_that_is_large_enough_is_used() -> None:
    data = heic(quarters(800, 600), thumbnails=[400, 160, 100])
    sizes = [preview.image.size for side in (90, 110, 320) if (preview := decode_embedded_preview(data, side))]
    assert [max(size) for size in sizes] == [100, 160, 400]


@pytest.mark.parametrize("size", [(800, 600), (600, 800)])
def test_longer_side_decides_whether_a_preview_is_large_enough(size: tuple[int, int]) -> None:
    data = heic(quarters(*size))
    assert decode_embedded_preview(data, 320)
    assert decode_embedded_preview(data, 321) is None


@pytest.mark.parametrize(
    "damaged",
    [
        with_thumbnail(PHOTO, b""),
        with_thumbnail(PHOTO, bytes(500)),
        with_thumbnail(PHOTO, b"\xff" * 500),
        with_thumbnail(PHOTO, thumbnail_of(PHOTO)[:50]),
        with_thumbnail_at(PHOTO, len(PHOTO) - 10, 100),
        with_thumbnail_at(PHOTO, 0xFFFFFFFF, 100),
        with_thumbnail_at(PHOTO, 0, len(PHOTO)),
        with_thumbnail_at(PHOTO, 0, 0xFFFFFFFF),
        struct.pack(">I4s", 8, b"free") * 10_000,
        struct.pack(">I4s", 0, b"free") * 10_000,
        PHOTO.replace(b"\0\0\0\x0ethmb", b"\0\0\0\0thmb"),
        struct.pack(">I4sQ", 1, b"ftyp", 1 << 62) + bytes(100),
        with_endless_table(PHOTO),
        PHOTO[:-1],
        b"",
    ],
)
def test_damaged_preview_is_not_used(damaged: bytes) -> None:
    assert preview_of(damaged) is None


def test_damaged_tables_cost_at_most_the_preview() -> None:
    random = np.random.default_rng(4)
    tables = range(PHOTO.index(b"meta"), PHOTO.index(b"mdat"))
    for place in random.choice(tables, 150, replace=False):
        changed = bytearray(PHOTO)
        changed[place] = random.integers(256)
        read_without_picture(io.BytesIO(changed), len(changed))
    for end in range(0, len(PHOTO), 7):
        assert read_without_picture(io.BytesIO(PHOTO[:end]), end) is None or end > PHOTO.index(b"mdat")


def test_little_of_a_damaged_file_is_read() -> None:
    data = with_thumbnail_at(padded(PHOTO, 2 * MAX_READ), 0, MAX_READ)
    file = io.BytesIO(data)
    assert read_without_picture(file, len(data)) is None
    assert file.tell() < MAX_READ


def test_huge_file_is_not_read() -> None:
    assert read_without_picture(io.BytesIO(PHOTO), heif_preview.MAX_FILE + 1) is None
