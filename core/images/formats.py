"""Which files are pictures: the formats that are read, and how a file of one is told from others."""

from __future__ import annotations

import io
import struct
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

import pillow_heif
from PIL import Image
from PIL.TiffImagePlugin import ImageFileDirectory_v2

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

# What cameras write; .raw is left out, as other programs use it for anything. GPR is GoPro's, ORI Olympus's second.
_RAW = frozenset({".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".kdc"}) | {
    *(".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srw", ".x3f"),
}
_RAW_BEGINNINGS = (
    b"FUJIFILMCCD-RAW ",
    b"II\x1a\0\0\0HEAPCCDR",
    b"IIRO",
    b"IIRS",
    b"MMOR",
    b"IIU\0",
    b"FOVb",
    b"\0MRM",
)
_RAW_BOX = b"ftypcrx "
_RAW_TIFF_MARKS = (b"CR\x02\0", b"IIIITwaR", b"MMMMRawT")
_TIFF_BEGINNINGS = (b"II*\0", b"MM\0*")
_SUB_IFDS, _PHOTOMETRIC = 0x014A, 0x0106
_SENSOR_VALUES = frozenset({32803, 34892})
_MOST_SUB_IFDS = 16  # more than any camera writes

# Its decoder is not made for every processor.
_JPEG_XL = frozenset({".jxl"}) if find_spec("pylibjxl") else frozenset[str]()
_JPEG_XL_BARE = b"\xff\n"
_JPEG_XL_BOX = b"\0\0\0\x0cJXL \r\n\x87\n"

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
    known = frozenset(ending for ending, name in Image.registered_extensions().items() if name in readable)
    return known | _MORE | _RAW | _JPEG_XL


def is_raw(data: bytes) -> bool:
    """Tell whether a file holds what a camera's sensor saw. Most such files are TIFF that show a tiny picture first."""
    if data.startswith(_RAW_BEGINNINGS) or data[4:12] == _RAW_BOX:
        return True
    if not data.startswith(_TIFF_BEGINNINGS):
        return False
    return data[8:16].startswith(_RAW_TIFF_MARKS) or _holds_sensor_values(data)


def is_jpeg_xl(data: bytes) -> bool:
    """Tell whether a file is a JPEG XL."""
    return data.startswith((_JPEG_XL_BARE, _JPEG_XL_BOX))


def is_picture(path: Path, head: bytes) -> bool:
    """Tell from its first bytes whether a file is a picture, whatever its name says."""
    if any(_accepts(name, head) for name in _DISTINCT) or _is_bmp(head) or is_raw(head):
        return True
    if _JPEG_XL and head.startswith(_JPEG_XL_BOX):  # without its box it begins with two bytes that mean little
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


def _holds_sensor_values(data: bytes) -> bool:
    try:
        first = _directory(data, struct.unpack_from("<I" if data.startswith(b"I") else ">I", data, 4)[0])
        places = first.get(_SUB_IFDS, ())
        places = places[:_MOST_SUB_IFDS] if isinstance(places, tuple) else (places,)
        directories = [first, *(_directory(data, place) for place in places)]
        return any(directory.get(_PHOTOMETRIC) in _SENSOR_VALUES for directory in directories)
    except Exception:  # noqa: BLE001 - whatever is wrong with it, the decoder of TIFF will say so
        return False


def _directory(data: bytes, place: int) -> ImageFileDirectory_v2:
    directory = ImageFileDirectory_v2(data[:8])
    file = io.BytesIO(data)
    file.seek(place)
    directory.load(file)
    return directory


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
