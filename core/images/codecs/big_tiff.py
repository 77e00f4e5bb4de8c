"""Rewrites big-endian BigTIFF files, whose 64-bit offsets Pillow understands only in little-endian files."""

from __future__ import annotations

import struct

_SIGNATURE = b"MM\0+"
_HEADER_SIZE = 8
_ENTRY = struct.Struct(">HHQ8s")
_MAX_ENTRIES = 1000  # more than any program writes

_VALUE_SIZES = {1: 1, 2: 1, 3: 2, 4: 4, 5: 8, 6: 1, 7: 1, 8: 2, 9: 4, 10: 8, 11: 4, 12: 8, 13: 4, 16: 8, 17: 8, 18: 8}
_WIDE, _LONG = frozenset({16, 17, 18}), 4
_DIRECTORIES = frozenset({330, 34665, 34853, 40965})  # their entries would have to be rewritten as well


def is_big_endian_big_tiff(data: bytes) -> bool:
    """Return whether a file is a BigTIFF in big-endian byte order."""
    return data.startswith(_SIGNATURE)


def as_ordinary_tiff(data: bytes) -> bytes:
    """Return a big-endian BigTIFF as an ordinary TIFF file with the same first picture.

    The pixels stay where they are. A new directory at the end of the file replaces the original one.

    Raises:
        struct.error: The file is damaged.
        ValueError: The file is damaged, and would grow without limit.
    """
    (first,) = struct.unpack_from(">Q", data, _HEADER_SIZE)
    (count,) = struct.unpack_from(">Q", data, first)
    start = first + 8
    entries = [_ENTRY.unpack_from(data, start + number * _ENTRY.size) for number in range(min(count, _MAX_ENTRIES))]
    kept = [entry for entry in entries if entry[1] in _VALUE_SIZES and entry[0] not in _DIRECTORIES]
    directory = len(data) + len(data) % 2
    values_at = directory + 2 + 12 * len(kept) + 4
    table, values = struct.pack(">H", len(kept)), b""
    for tag, kind, length, field in kept:
        value = _value(data, length * _VALUE_SIZES[kind], field)
        if kind in _WIDE:
            value = struct.pack(f">{length}I", *struct.unpack(f">{length}Q", value))
        is_inline = len(value) <= 4
        table += struct.pack(">HHI", tag, _LONG if kind in _WIDE else kind, length)
        table += value.ljust(4, b"\0") if is_inline else struct.pack(">I", values_at + len(values))
        values += b"" if is_inline else value + b"\0" * (len(value) % 2)
        if len(values) > len(data):
            raise ValueError("Several values share the same bytes")
    header = b"MM\0*" + struct.pack(">I", directory)
    return header + data[_HEADER_SIZE:].ljust(directory - _HEADER_SIZE, b"\0") + table + bytes(4) + values


def _value(data: bytes, size: int, field: bytes) -> bytes:
    """Return the value of an entry, whose field contains the value itself if that fits, or else its place."""
    if size <= len(field):
        return field[:size]
    (place,) = struct.unpack(">Q", field)
    return data[place : place + size]
