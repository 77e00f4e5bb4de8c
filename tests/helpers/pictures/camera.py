"""Files such as cameras make: a JPEG that carries a small picture of itself at its beginning."""

from __future__ import annotations

import io
import struct
from typing import TYPE_CHECKING

from PIL import Image

if TYPE_CHECKING:
    from pathlib import Path


def tags_with(small: bytes, orientation: int = 1) -> bytes:
    """Return the tags of a JPEG that hold a small JPEG."""
    first = struct.pack("<HHHIHHI", 1, 0x0112, 3, 1, orientation, 0, 26)
    place, length = struct.pack("<HHII", 0x0201, 4, 1, 56), struct.pack("<HHII", 0x0202, 4, 1, len(small))
    second = struct.pack("<H", 2) + place + length + struct.pack("<I", 0)
    return b"Exif\0\0II*\0" + struct.pack("<I", 8) + first + second + small


def shrunk(image: Image.Image, size: tuple[int, int] = (160, 120)) -> bytes:
    """Return the small picture of a photo as cameras make it: 160 x 120, filled up with black."""
    small = image.copy()
    small.thumbnail(size)
    filled = Image.new("RGB", size)
    filled.paste(small, ((size[0] - small.width) // 2, (size[1] - small.height) // 2))
    target = io.BytesIO()
    filled.save(target, "JPEG", quality=90)
    return target.getvalue()


def save_photo(file: Path, image: Image.Image, small: bytes | None = None, orientation: int = 1, size: int = 0) -> Path:
    """Write a photo with a small picture (its own unless another is given), filled up to a size in bytes."""
    target = io.BytesIO()
    image.save(target, "JPEG", quality=90, exif=tags_with(shrunk(image) if small is None else small, orientation))
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(target.getvalue().ljust(size, b"\0"))
    return file
