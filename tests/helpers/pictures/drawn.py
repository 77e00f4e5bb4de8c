"""Small generated pictures with known colours at known positions."""

from __future__ import annotations

import io
import struct
import zlib
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.images.formats import formats

if TYPE_CHECKING:
    from core.types import Pixels

formats()  # registers the Pillow plugin that writes HEIC

RED, GREEN, BLUE, YELLOW = (200, 40, 40), (40, 160, 60), (40, 60, 200), (220, 210, 50)
FORMATS = {"JPEG": ".jpg", "PNG": ".png", "WEBP": ".webp", "GIF": ".gif", "BMP": ".bmp", "TIFF": ".tif"} | {
    "HEIF": ".heic",
    "AVIF": ".avif",
}

SRGB_RED, SRGB_GREEN, SRGB_BLUE = (0.4361, 0.2225, 0.0139), (0.3851, 0.7169, 0.0971), (0.1431, 0.0606, 0.7141)


def quarters(width: int = 64, height: int = 48) -> Image.Image:
    """Return a picture of red and green above blue and yellow, which looks different in every orientation."""
    image = Image.new("RGB", (width, height), RED)
    image.paste(GREEN, (width // 2, 0, width, height))
    image.paste(BLUE, (0, height // 2, width // 2, height))
    image.paste(YELLOW, (width // 2, height // 2, width, height))
    return image


def corners(image: Image.Image) -> list[tuple[int, ...]]:
    """Return the colours in the middle of the quarters: top left, top right, bottom left, bottom right."""
    small = np.asarray(image.resize((4, 4), Image.Resampling.NEAREST))
    return [tuple(map(int, small[row, column])) for row in (0, 3) for column in (0, 3)]


def noise(seed: int, width: int = 40, height: int = 30) -> Image.Image:
    """Return a coarse random pattern that is unique to the seed."""
    pixels: Pixels = np.random.default_rng(seed).integers(0, 256, (6, 8, 3), np.uint8)
    return Image.fromarray(pixels).resize((width, height), Image.Resampling.BICUBIC)


def encoded(image: Image.Image, name: str = "PNG", **options: object) -> bytes:
    """Return the picture encoded in a format."""
    target = io.BytesIO()
    image.save(target, name, **options)
    return target.getvalue()


def with_orientation(upright: Image.Image, orientation: int, name: str, **options: object) -> bytes:
    """Return a file with transformed pixels and the EXIF orientation that makes the picture upright again."""
    turned = {
        1: upright,
        2: upright.transpose(Image.Transpose.FLIP_LEFT_RIGHT),
        3: upright.transpose(Image.Transpose.ROTATE_180),
        4: upright.transpose(Image.Transpose.FLIP_TOP_BOTTOM),
        5: upright.transpose(Image.Transpose.TRANSPOSE),
        6: upright.transpose(Image.Transpose.ROTATE_90),
        7: upright.transpose(Image.Transpose.TRANSVERSE),
        8: upright.transpose(Image.Transpose.ROTATE_270),
    }[orientation]
    return encoded(turned, name, exif=exif(orientation), **options)


def exif(orientation: int = 1, taken: str = "") -> bytes:
    tags = Image.Exif()
    tags[0x0112] = orientation
    tags[0x010F] = "Maker"
    if taken:
        tags.get_ifd(0x8769)[0x9003] = taken
    return tags.tobytes()


def profile(*primaries: tuple[float, float, float], gamma: float = 2.2, name: str = "test") -> bytes:
    """Return an ICC profile with these XYZ values for its red, green and blue."""
    curve = b"curv" + struct.pack(">II", 0, 1) + struct.pack(">HH", round(gamma * 256), 0)
    description = b"desc" + struct.pack(">II", 0, len(name) + 1) + name.encode() + bytes(80)
    tags = [(b"desc", description), (b"wtpt", _xyz(0.9642, 1.0, 0.8249))]
    tags += [(tag, _xyz(*values)) for tag, values in zip((b"rXYZ", b"gXYZ", b"bXYZ"), primaries, strict=True)]
    tags += [(tag, curve) for tag in (b"rTRC", b"gTRC", b"bTRC")]
    table, data = struct.pack(">I", len(tags)), b""
    for tag, value in tags:
        table += tag + struct.pack(">II", 128 + 4 + 12 * len(tags) + len(data), len(value))
        data += value + bytes(-len(value) % 4)
    size = struct.pack(">I", 128 + len(table) + len(data))
    head = size + bytes(4) + b"\x02\x40\0\0mntrRGB XYZ " + bytes(12) + b"acsp" + bytes(28) + _xyz(0.9642, 1, 0.8249)[8:]
    return head.ljust(128, b"\0") + table + data


def _xyz(*values: float) -> bytes:
    return b"XYZ \0\0\0\0" + struct.pack(">3i", *(round(value * 65536) for value in values))


def chunk(name: bytes, data: bytes) -> bytes:
    """Return a PNG chunk."""
    return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))


def grey_png(width: int, height: int, rows: bytes, *chunks: bytes, depth: int = 8) -> bytes:
    """Return a greyscale PNG with the given rows, which need not match the size in its header."""
    header = struct.pack(">IIBBBBB", width, height, depth, 0, 0, 0, 0)
    parts = [chunk(b"IHDR", header), *chunks, chunk(b"IDAT", zlib.compress(rows)), chunk(b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(parts)
