"""Fills up files whose end is missing, so that their decoders accept them and show the part that is there."""

from __future__ import annotations

import struct
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING

from core.images.rendering import MAX_PIXELS

if TYPE_CHECKING:
    from collections.abc import Iterable

LEAST_SHARE = 0.9
"""A file of which a smaller share is there is damaged."""

_PNG = b"\x89PNG\r\n\x1a\n"
_RIFF, _FILE_TYPE_BOX = b"RIFF", b"ftyp"
_UNCOMPRESSED = (b"BM", b"P5", b"P6", b"II*\0", b"MM\0*")  # BMP, PGM, PPM, TIFF

_CHANNELS = {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}  # of a PNG, by its colour type
_PASSES = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2), (0, 1, 1, 2))
_STEP = 1 << 16  # compressed bytes; an error loses what its step contains
_LIKE_ROW_ABOVE = 2  # the PNG filter "up": with zeros as data, a row repeats the one above


def filled_up(data: bytes) -> bytes | None:
    """Return a file with something in place of its missing end, or None if more than a tenth is missing.

    Works for PNG, WebP and HEIF files, and for formats without compression. Returns None for all others.
    """
    if data.startswith(_PNG):
        return _filled_up_png(data)
    size = _declared_size(data)
    return data.ljust(size, b"\0") if len(data) >= LEAST_SHARE * size > 0 else None


def _declared_size(data: bytes) -> int:
    """Return the size in bytes that the complete file has at most, or 0 if it is unknown."""
    if data.startswith(_RIFF):
        return 8 + int.from_bytes(data[4:8], "little")
    if data.startswith(_UNCOMPRESSED):
        return int(len(data) / LEAST_SHARE)
    if data[4:8] == _FILE_TYPE_BOX:
        return _end_of_boxes(data)
    return 0


def _end_of_boxes(data: bytes) -> int:
    """Return where the last box of an ISO base media file ends, or 0 if that is unknown."""
    end = 0
    while end + 16 <= len(data):
        size, _, long_size = struct.unpack_from(">I4sQ", data, end)
        size = long_size if size == 1 else size
        if size < 8:
            return 0
        end += size
    return end


def _filled_up_png(data: bytes) -> bytes | None:
    try:
        width, height, depth, colour, _, _, is_interlaced = struct.unpack_from(">IIBBBBB", data, 16)
        bits = depth * _CHANNELS[colour]
    except (struct.error, KeyError):
        return None
    if width * height > MAX_PIXELS:
        return None
    head, compressed = _split(data)
    sizes = _row_sizes(width, height, bits, _PASSES if is_interlaced else ((0, 0, 1, 1),))
    rows = _decompressed(compressed, sum(sizes))
    if len(rows) < LEAST_SHARE * sum(sizes):
        return None
    return head + _chunk(b"IDAT", zlib.compress(rows + _missing_rows(sizes, len(rows)), 0)) + _chunk(b"IEND", b"")


def _split(data: bytes) -> tuple[bytes, bytes]:
    """Return everything that comes before the rows of a PNG, and its compressed rows."""
    place, head, rows = len(_PNG), len(data), []
    while place + 8 <= len(data):
        size, kind = struct.unpack_from(">I4s", data, place)
        if kind == b"IDAT":
            head = min(head, place)
            rows.append(data[place + 8 : place + 8 + size])
        elif rows:
            break
        place += 12 + size
    return data[:head], b"".join(rows)


def _row_sizes(width: int, height: int, bits: int, passes: Iterable[tuple[int, int, int, int]]) -> list[int]:
    """Return the size in bytes of each row of a PNG with so many bits per pixel, in the order of the file."""
    sizes: list[int] = []
    for left, top, step_x, step_y in passes:
        columns, rows = -(-(width - left) // step_x), -(-(height - top) // step_y)
        if columns > 0:
            sizes += [1 + (columns * bits + 7) // 8] * rows
    return sizes


def _decompressed(data: bytes, limit: int) -> bytes:
    """Return what can be decompressed of a stream, at most `limit` bytes."""
    stream, parts, size = zlib.decompressobj(), [], 0
    with suppress(zlib.error):
        for start in range(0, len(data), _STEP):
            parts.append(stream.decompress(data[start : start + _STEP], limit - size))
            size += len(parts[-1])
            if size == limit:
                break
    return b"".join(parts)


def _missing_rows(sizes: list[int], there: int) -> bytes:
    """Return the rows of a PNG after the first `there` bytes. They repeat the last row."""
    rows, end = bytearray(), 0
    for size in sizes:
        end += size
        missing = end - there - len(rows)
        if missing >= size:
            rows.append(_LIKE_ROW_ABOVE)
        rows += bytes(max(0, end - there - len(rows)))
    return bytes(rows)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
