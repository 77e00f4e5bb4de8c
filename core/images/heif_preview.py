"""Reads the embedded preview of a HEIC photo, and no more of the file than that takes.

A HEIC file has numbered items, such as the picture, its preview and its EXIF tags. A table in its `meta` box (ISO/IEC
14496-12) tells where in the file the data of each item is.
"""

from __future__ import annotations

import io
import struct
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, BinaryIO

from PIL import Image

from core.images.formats import formats
from core.images.rendering import render

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.images.rendering import Decoded

MAX_FILE = 1 << 27
"""The size of the largest file whose preview is read. Its picture takes memory, even though it is not read."""

MAX_READ = 1 << 22
"""The most bytes that are read of a file."""

MAX_SIDE = 2048
"""The longer side in pixels of the largest preview. A damaged file may have a larger one than any decoder can take."""

_HEADER = 16
_INSIDE_FILE = 0  # as opposed to data inside the meta box
_NUMBERS = {0: "", 4: "I", 8: "Q"}  # by their size in bytes, for struct


def is_heif(head: bytes) -> bool:
    """Return whether a file may be a HEIC photo, going by its first bytes."""
    return head[4:8] == b"ftyp"


def decode_embedded_preview(data: bytes, side: int) -> Decoded | None:
    """Return the smallest embedded preview whose longer side has at least `side` pixels, or None if there is none.

    It is upright and in sRGB. The width, height and metadata are those of the photo.
    """
    formats()  # registers the decoder
    with suppress(Exception), Image.open(io.BytesIO(data), formats=["HEIF"]) as image:
        width, height = image.size
        is_usable = max(image.info["thumbnails"], default=0) <= MAX_SIDE
        # The decoder takes only a preview with the proportions, the rotation and the colour profile of the photo.
        if is_usable and image.draft(None, (side, 0) if width >= height else (0, side)):
            return replace(render(image, side), width=width, height=height)
    return None


def read_without_picture(file: BinaryIO, size: int) -> bytes | None:
    """Return a HEIC file of `size` bytes with zeros in place of everything but its previews and its tags.

    Returns None if the file has no preview or is damaged.

    Raises:
        OSError: The file cannot be read.
    """
    if size > MAX_FILE:
        return None
    part = _PartOfFile(file, size)
    with suppress(ValueError, LookupError, struct.error):
        boxes = dict(_boxes(_meta_box(part), 12))
        if items := _items_of_previews(boxes[b"iref"]):
            for offset, length in _extents(boxes[b"iloc"], items):
                part.read(offset, length)
            return bytes(part.data)
    return None


class _PartOfFile:
    """The bytes of a file, which are zeros until they are read."""

    def __init__(self, file: BinaryIO, size: int) -> None:
        self.data = bytearray(size)
        self._file = file
        self._left = MAX_READ

    def read(self, offset: int, length: int) -> bytes:
        """Read some bytes into their place in `data`, and return them."""
        self._left -= length
        if self._left < 0 or offset + length > len(self.data):
            raise ValueError("the file is damaged")
        self._file.seek(offset)
        found = self._file.read(length)
        self.data[offset : offset + len(found)] = found
        return found


def _meta_box(part: _PartOfFile) -> bytes:
    place = 0
    while True:  # the limit of what is read ends this
        header = part.read(place, _HEADER)
        length, name = struct.unpack_from(">I4s", header)
        if length == 1:
            (length,) = struct.unpack_from(">Q", header, 8)
        if name in {b"ftyp", b"meta"}:
            content = part.read(place, length)
            if name == b"meta":
                return content
        place += length


def _boxes(data: bytes, place: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield the name and the content of each box."""
    while place + 8 <= len(data):
        length, name = struct.unpack_from(">I4s", data, place)
        if length < 8:
            raise ValueError("the file is damaged")
        yield name, data[place + 8 : place + length]
        place += length


def _items_of_previews(references: bytes) -> set[int]:
    """Return the items that decoding the previews takes: the previews, their parts, and all tags."""
    width = 4 if references[0] else 2
    found: list[tuple[bytes, int, set[int]]] = []
    for kind, box in _boxes(references, 4):
        source, *targets = (int.from_bytes(box[at : at + width]) for at in (0, *range(width + 2, len(box), width)))
        found.append((kind, source, set(targets)))
    previews = {source for kind, source, _ in found if kind == b"thmb"}
    if not previews:
        return previews
    tags = {source for kind, source, _ in found if kind == b"cdsc"}
    alpha = {source for kind, source, targets in found if kind == b"auxl" and targets & previews}
    tiles = {target for kind, source, targets in found if kind == b"dimg" and source in previews for target in targets}
    return previews | tags | alpha | tiles


def _extents(locations: bytes, items: set[int]) -> Iterator[tuple[int, int]]:
    """Yield the offset and the length of all data of some items that is not in the meta box."""
    version, sizes = struct.unpack_from(">B3xH", locations)
    offset, length, base, index = (_NUMBERS[sizes >> bits & 15] for bits in (12, 8, 4, 0))
    number, place = ("H" if version < 2 else "I"), 6
    item_head = struct.Struct(f">{number}{'H' if version else ''}H{base}H")
    extent = struct.Struct(f">{index if version else ''}{offset}{length}")
    (left,) = struct.unpack_from(f">{number}", locations, place)
    place += struct.calcsize(f">{number}")
    for _ in range(left):
        head = item_head.unpack_from(locations, place)
        place += item_head.size
        item, count, start = head[0], head[-1], head[-2] if base else 0
        is_in_file = not version or head[1] & 15 == _INSIDE_FILE
        for _ in range(count if offset or length else 0):
            values = extent.unpack_from(locations, place)
            place += extent.size
            if item in items and is_in_file:
                size = values[-1] if length else 0
                yield start + (values[-1 - bool(length)] if offset else 0), size
