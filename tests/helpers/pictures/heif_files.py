"""HEIC files with an embedded thumbnail, as phones write them, and ways to change or damage it."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

from tests.helpers.pictures.drawn import encoded

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PIL import Image

THUMBNAIL_SIDE = 320

LOCATION = ">I6xI"
"""Where the data of an item is, as the encoder writes it: offset (4 bytes), one extent (2) from 0 (4), length (4)."""


def heic(image: Image.Image, thumbnails: Sequence[int] = (THUMBNAIL_SIDE,), **options: object) -> bytes:
    """Return a HEIC file with embedded thumbnails, given by the pixels of their longer sides."""
    fast = {"preset": "ultrafast"}
    return encoded(image, "HEIF", quality=80, thumbnails=list(thumbnails), enc_params=fast, **options)


def save_heic(file: Path, image: Image.Image, thumbnail: Image.Image | None = None, size: int = 0) -> Path:
    """Write a photo of at least `size` bytes with a thumbnail. By default, the thumbnail shows the same image."""
    data = heic(image)
    if thumbnail:
        data = with_thumbnail(data, thumbnail_of(heic(thumbnail)))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(padded(data, max(size, len(data) + 8)))
    return file


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


def padded(data: bytes, size: int) -> bytes:
    """Return a file with an unused box at its end, so that it has `size` bytes."""
    return data + _free_box(size - len(data))


def with_late_tables(data: bytes, gap: int) -> bytes:
    """Return a file from `heic` with an unused box of `gap` bytes before its tables."""
    place = data.index(b"meta") - 4
    moved = bytearray(data[:place] + _free_box(gap) + data[place:])
    for entry in _locations(bytes(moved)):
        (offset,) = struct.unpack_from(">I", moved, entry)
        struct.pack_into(">I", moved, entry, offset + gap)
    return bytes(moved)


def _free_box(size: int) -> bytes:
    return struct.pack(">I4s", size, b"free").ljust(size, b"\0")


def _location(data: bytes) -> int:
    """Return where the file has the `LOCATION` of its thumbnail."""
    place = data.index(b"thmb") + 4
    thumbnail = int.from_bytes(data[place : place + 2])
    return _locations(data)[thumbnail - 1]  # the encoder numbers the items from 1, in the order of the table


def _locations(data: bytes) -> list[int]:
    """Return where the file has the `LOCATION` of each item.

    An entry of the `iloc` box has the item (2 bytes), in version 1 the construction method (2), the data reference (2),
    and `LOCATION`.
    """
    start = data.index(b"iloc") + 4
    version, sizes, count = struct.unpack_from(">IHH", data, start)
    assert sizes == 0x4440, "the encoder writes another kind of table"
    length = 20 if version >> 24 else 18
    return [start + 8 + length * (number + 1) - struct.calcsize(LOCATION) for number in range(count)]
