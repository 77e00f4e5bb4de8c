"""Which files are pictures: the formats that are read, and how a file of one is told from others."""

from __future__ import annotations

import struct
from functools import cache
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

HEAD = 32
"""How many of its first bytes tell what a file is."""

# Not pictures made of pixels, or read by starting another program (Ghostscript), or only a stub in Pillow.
_LEFT_OUT = frozenset({"BUFR", "EPS", "FPX", "GRIB", "HDF5", "ICNS", "MIC", "MPEG", "PDF", "WAL", "WMF"})

# Formats that nothing else looks like. A match with any other is checked by reading the picture's header.
_DISTINCT = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "JPEG2000", "PSD", "QOI")

# Read by Pillow, but without an extension of their own there.
_MORE = frozenset({".imt", ".spider"})

_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})


@cache
def formats() -> tuple[str, ...]:
    """Return the names, as Pillow knows them, of the formats that are read."""
    pillow_heif.register_heif_opener()
    Image.init()
    return tuple(name for name in Image.ID if name not in _LEFT_OUT)


@cache
def extensions() -> frozenset[str]:
    """Return the extensions, lower case and with their dot, that make a file a picture."""
    readable = set(formats())
    return frozenset(ending for ending, name in Image.registered_extensions().items() if name in readable) | _MORE


def is_picture(path: Path, head: bytes) -> bool:
    """Tell from its first bytes whether a file is a picture, whatever its name says."""
    if any(_accepts(name, head) for name in _DISTINCT) or _is_bmp(head):
        return True
    weak = [name for name in formats() if name not in _DISTINCT and _accepts(name, head)]
    return bool(weak) and _opens(path, weak)


def _accepts(name: str, head: bytes) -> bool:
    formats()
    accept = Image.OPEN[name][1]
    try:
        # A format without a test cannot be told by its first bytes; a text for an answer means "no, because".
        return accept is not None and accept(head) is True
    except Exception:  # noqa: BLE001 - some tests fail on a file that is shorter than what they look at
        return False


def _is_bmp(head: bytes) -> bool:
    if len(head) < 18 or not head.startswith(b"BM"):
        return False
    (size,) = struct.unpack_from("<I", head, 14)
    return size in _BMP_HEADER_SIZES


def _opens(path: Path, names: list[str]) -> bool:
    try:
        with Image.open(path, formats=names):
            return True
    except Exception:  # noqa: BLE001 - the parsers raise whatever they like when the bytes are not theirs
        return False
