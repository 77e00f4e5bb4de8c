"""The picture formats that Semblance reads, and how it recognises them."""

from __future__ import annotations

import io
import struct
from functools import cache
from importlib.util import find_spec
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path

    from PIL.TiffImagePlugin import ImageFileDirectory_v2

HEAD = 32
"""The number of bytes at the beginning of a file that identify its format."""

# Not raster pictures, or Pillow reads them only with another program (Ghostscript), or has only a stub for them.
_EXCLUDED = frozenset({"BUFR", "EPS", "FPX", "GRIB", "HDF5", "ICNS", "MIC", "MPEG", "PDF", "WAL", "WMF"})

# Formats that the first bytes identify beyond doubt. For the others, the header of the picture is read as well.
_UNAMBIGUOUS = ("JPEG", "PNG", "WEBP", "GIF", "TIFF", "HEIF", "AVIF", "JPEG2000", "PSD", "QOI")

# Pillow reads these formats, but registers no extension for them.
_UNREGISTERED_EXTENSIONS = frozenset({".imt", ".spider"})

# Without .raw, which many programs use for other data. GPR is from GoPro, and ORI is the second format of Olympus.
_RAW_EXTENSIONS = frozenset(
    {".3fr", ".arw", ".cr2", ".cr3", ".crw", ".dcr", ".dng", ".erf", ".fff", ".gpr", ".iiq", ".kdc"}
) | {
    *(".mef", ".mos", ".mrw", ".nef", ".nrw", ".orf", ".ori", ".pef", ".raf", ".rw2", ".rwl", ".sr2", ".srw", ".x3f"),
}
_RAW_SIGNATURES = (
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
_RAW_TIFF_SIGNATURES = (b"CR\x02\0", b"IIIITwaR", b"MMMMRawT")
_TIFF_SIGNATURES = (b"II*\0", b"MM\0*")
_SUB_IFDS, _PHOTOMETRIC = 0x014A, 0x0106
_SENSOR_PHOTOMETRICS = frozenset({32803, 34892})
_MAX_SUB_IFDS = 16  # more than any camera writes

# The decoder of JPEG XL is not available for every CPU.
_JPEG_XL_EXTENSIONS = frozenset({".jxl"}) if find_spec("pylibjxl") else frozenset[str]()
_JPEG_XL_CODESTREAM = b"\xff\n"
_JPEG_XL_BOX = b"\0\0\0\x0cJXL \r\n\x87\n"

_BMP_HEADER_SIZES = frozenset({12, 40, 52, 56, 64, 108, 124})


@cache
def formats() -> tuple[str, ...]:
    """Return Pillow's names of the formats that Semblance reads."""
    import pillow_heif  # imported here, because commands that list no folder start sooner without it

    pillow_heif.register_heif_opener()
    Image.init()
    return tuple(name for name in Image.ID if name not in _EXCLUDED)


@cache
def extensions() -> frozenset[str]:
    """Return the extensions of picture files, in lower case and with the dot."""
    readable = set(formats())
    registered = frozenset(extension for extension, name in Image.registered_extensions().items() if name in readable)
    return registered | _UNREGISTERED_EXTENSIONS | _RAW_EXTENSIONS | _JPEG_XL_EXTENSIONS


def extensions_of(format_or_extension: str) -> frozenset[str]:
    """Return all extensions of the format with this name or extension (without the dot); none of an unknown format.

    All RAW formats together are called `raw`.
    """
    known, name, extension = extensions(), format_or_extension.upper(), f".{format_or_extension.lower()}"
    for others in (_RAW_EXTENSIONS, _JPEG_XL_EXTENSIONS):
        if extension in others:
            return others
    if name == "RAW":
        return _RAW_EXTENSIONS
    registered = Image.registered_extensions()
    name = registered.get(extension, name)
    of_format = {each for each, of in registered.items() if of == name}
    return known & (of_format | {extension})


def is_raw(data: bytes) -> bool:
    """Return whether a file is a camera's RAW file.

    Most RAW files are TIFF files whose first picture is a tiny preview, so all their directories are checked.
    """
    if data.startswith(_RAW_SIGNATURES) or data[4:12] == _RAW_BOX:
        return True
    if not data.startswith(_TIFF_SIGNATURES):
        return False
    return data[8:16].startswith(_RAW_TIFF_SIGNATURES) or _has_sensor_data(data)


def is_jpeg_xl(data: bytes) -> bool:
    """Return whether a file is a JPEG XL."""
    return data.startswith((_JPEG_XL_CODESTREAM, _JPEG_XL_BOX))


def is_picture(path: Path, head: bytes) -> bool:
    """Return whether a file is a picture, going by its first bytes (`head`) and not by its name."""
    if any(_accepts(name, head) for name in _UNAMBIGUOUS) or _is_bmp(head) or is_raw(head):
        return True
    # A JPEG XL without its box begins with only two bytes, which are too common to prove anything.
    if _JPEG_XL_EXTENSIONS and head.startswith(_JPEG_XL_BOX):
        return True
    ambiguous = [name for name in formats() if name not in _UNAMBIGUOUS and _accepts(name, head)]
    return bool(ambiguous) and _opens(path, ambiguous)


def _accepts(name: str, head: bytes) -> bool:
    formats()
    accept = Image.OPEN[name][1]
    try:
        # Pillow cannot recognise some formats by their first bytes. A test that returns a text means "no, because ...".
        return accept is not None and accept(head) is True
    except Exception:  # noqa: BLE001 - some tests fail on a file that is shorter than they expect
        return False


def _has_sensor_data(data: bytes) -> bool:
    try:
        first = _directory(data, struct.unpack_from("<I" if data.startswith(b"I") else ">I", data, 4)[0])
        offsets = first.get(_SUB_IFDS, ())
        offsets = offsets[:_MAX_SUB_IFDS] if isinstance(offsets, tuple) else (offsets,)
        directories = [first, *(_directory(data, offset) for offset in offsets)]
        return any(directory.get(_PHOTOMETRIC) in _SENSOR_PHOTOMETRICS for directory in directories)
    except Exception:  # noqa: BLE001 - if the file is damaged, decoding it as a TIFF reports that
        return False


def _directory(data: bytes, offset: int) -> ImageFileDirectory_v2:
    from PIL.TiffImagePlugin import ImageFileDirectory_v2  # imported here, like pillow_heif

    directory = ImageFileDirectory_v2(data[:8])
    file = io.BytesIO(data)
    file.seek(offset)
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
    except Exception:  # noqa: BLE001 - parsers raise many types for bytes of another format
        return False
