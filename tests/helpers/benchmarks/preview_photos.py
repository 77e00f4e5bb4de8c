"""Adds the embedded preview that cameras write to JPEG files that have none."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import ExifTags, Image, ImageOps

from core.images.embedded_preview import PREVIEW_MIN_BYTES

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

PREVIEW_SIZE = (160, 120)
QUALITY = 80
ORIENTATION, OFFSET, LENGTH = ExifTags.Base.Orientation, 0x0201, 0x0202
SHORT, LONG = 3, 4
EXIF = b"Exif\0\0"
START_OF_IMAGE, APP1, START_OF_SCAN = b"\xff\xd8", b"\xff\xe1", b"\xff\xda"


def photos_with_preview(photos: Iterable[Path]) -> Iterator[bytes]:
    """Yield the JPEG photos that are large enough for their previews to be indexed first, each with a preview."""
    for photo in photos:
        data = photo.read_bytes()
        if data.startswith(START_OF_IMAGE) and len(data) >= PREVIEW_MIN_BYTES:
            yield with_preview(data)


def with_preview(data: bytes) -> bytes:
    """Return a JPEG file that has a preview. If one must be added, it replaces all EXIF tags except the orientation.

    As in camera files, the preview is padded with black to an aspect ratio of 4:3 and not rotated.
    """
    with Image.open(io.BytesIO(data)) as photo:
        tags = photo.getexif()
        if OFFSET in tags.get_ifd(ExifTags.IFD.IFD1):
            return data
        orientation = tags.get(ORIENTATION, 1)
        size = PREVIEW_SIZE if photo.width >= photo.height else PREVIEW_SIZE[::-1]
        photo.draft("RGB", (4 * size[0], 4 * size[1]))
        target = io.BytesIO()
        ImageOps.pad(photo.convert("RGB"), size).save(target, "JPEG", quality=QUALITY)
    exif = EXIF + _tags(orientation, target.getvalue())
    segment = APP1 + struct.pack(">H", len(exif) + 2) + exif
    return START_OF_IMAGE + segment + _without_exif(data)


def _tags(orientation: int, preview: bytes) -> bytes:
    """Return a TIFF file with two directories, one for the photo and one for the preview, followed by the preview."""
    header = b"II*\0" + struct.pack("<I", 8)
    second = len(header) + 2 + 12 + 4
    preview_offset = second + 2 + 2 * 12 + 4
    first = struct.pack("<HHHIHxxI", 1, ORIENTATION, SHORT, 1, orientation, second)
    location = struct.pack("<HHHIIHHIII", 2, OFFSET, LONG, 1, preview_offset, LENGTH, LONG, 1, len(preview), 0)
    return header + first + location + preview


def _without_exif(data: bytes) -> bytes:
    """Return a JPEG file without its first marker and its EXIF segment."""
    kept, location = b"", len(START_OF_IMAGE)
    while (marker := data[location : location + 2]) != START_OF_SCAN:
        (length,) = struct.unpack_from(">H", data, location + 2)
        segment = data[location : location + 2 + length]
        if not (marker == APP1 and segment[4:].startswith(EXIF)):
            kept += segment
        location += len(segment)
    return kept + data[location:]
