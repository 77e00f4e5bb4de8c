"""JPEG files with an embedded preview, as cameras write them."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def exif_with_preview(preview: bytes, orientation: int = 1, taken: str = "") -> bytes:
    """Return EXIF tags that hold a JPEG preview, and when the photo was taken."""
    second, preview_place = 8 + 2 + 2 * 12 + 4, 8 + 2 * (2 + 2 * 12 + 4)
    dates = preview_place + len(preview)
    first = struct.pack("<HHHIHxxHHIII", 2, 0x0112, 3, 1, orientation, 0x8769, 4, 1, dates, second)
    offset, length = struct.pack("<HHII", 0x0201, 4, 1, preview_place), struct.pack("<HHII", 0x0202, 4, 1, len(preview))
    date = struct.pack("<HHHIII", 1, 0x9003, 2, 20, dates + 18, 0) + taken.encode().ljust(20, b"\0")
    tags = first + struct.pack("<H", 2) + offset + length + struct.pack("<I", 0) + preview + date
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + tags


def make_preview(image: Image.Image, size: tuple[int, int] = (160, 120)) -> bytes:
    """Return the preview of a photo as cameras make it: 160 x 120 pixels, padded with black."""
    small = image.copy()
    small.thumbnail(size)
    padded = Image.new("RGB", size)
    padded.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    target = io.BytesIO()
    padded.save(target, "JPEG", quality=90)
    return target.getvalue()


def save_photo(
    file: Path,
    image: Image.Image,
    preview: bytes | None = None,
    orientation: int = 1,
    size: int = 0,
    taken: str = "",
) -> Path:
    """Write a photo with a preview, padded to a size in bytes. By default, the preview shows the same image."""
    target = io.BytesIO()
    tags = exif_with_preview(make_preview(image) if preview is None else preview, orientation, taken)
    image.save(target, "JPEG", quality=90, exif=tags)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(target.getvalue().ljust(size, b"\0"))
    return file
