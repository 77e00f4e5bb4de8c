"""HEIC files with an embedded thumbnail, as phones write them, and ways to change or damage it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.helpers.pictures.drawn import encoded

if TYPE_CHECKING:
    from PIL import Image

THUMBNAIL_SIDE = 320

LOCATION = ">I6xI"
"""Where the data of an item is, as the encoder writes it: offset (4 bytes), one extent (2) from 0 (4), length (4)."""


def heic(image: Image.Image, thumbnail: int | None = THUMBNAIL_SIDE, **options: object) -> bytes:
    """Return a HEIC file whose embedded thumbnail has a longer side of `thumbnail` pixels, or that has none."""
    sides = [] if thumbnail is None else [thumbnail]
    return encoded(image, "HEIF", quality=80, thumbnails=sides, enc_params={"preset": "ultrafast"}, **options)


def thumbnail_of(data: bytes) -> bytes:
    """Return the encoded thumbnail in a file from `heic`."""
    offset, length = struct.unpack_from(LOCATION, data, _location(data))
    return data[offset : offset + length]


def with_thumbnail(data: bytes, thumbnail: bytes) -> bytes:
    """Return a file from `heic` with another encoded thumbnail, which comes last in the file."""
    box = struct.pack(">I4s", len(thumbnail) + 8, b"mdat") + thumbnail
    return with_thumbnail_at(data, len(data) + 8, len(thumbnail)) + box


def with_thumbnail_at(data: bytes, offset: int, length: int) -> bytes:
    """Return a file from `heic` that says that its thumbnail is somewhere else."""
    changed, place = bytearray(data), _location(data)
    struct.pack_into(">I", changed, place, offset)
    struct.pack_into(">I", changed, place + struct.calcsize(LOCATION) - 4, length)
    return bytes(changed)


def _location(data: bytes) -> int:
    """Return where the file has the offset and the length of its thumbnail.

    An entry of the `iloc` box has the item (2 bytes), in version 1 the construction method (2), the data reference (2),
    and `LOCATION`.
    """
    (thumbnail,) = struct.unpack_from(">H", data, data.index(b"thmb") + 4)
    start = data.index(b"iloc") + 4
    version, sizes, count = struct.unpack_from(">IHH", data, start)
    assert sizes == 0x4440, "the encoder writes another kind of table"
    length = 20 if version >> 24 else 18
    entries = [start + 8 + length * number for number in range(count)]
    return next(
        entry + length - struct.calcsize(LOCATION)
        for entry in entries
        if struct.unpack_from(">H", data, entry)[0] == thumbnail
    )
