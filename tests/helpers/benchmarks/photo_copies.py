"""Copies of real photos for benchmarks. The bytes of each copy are unique, so that its content key is too."""

from __future__ import annotations

import io
import math
from itertools import cycle, islice
from typing import TYPE_CHECKING

from core.errors import DecodeError
from core.images.decoder import decode
from core.images.reader import read_bytes
from core.scan.walk import walk

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

PHOTOS_PER_FOLDER = 1000
QUALITY = 90


def photos_in(folder: Path) -> list[Path]:
    """Return the photos in a folder, after reading each once so that it is in the file cache."""
    found = [file.path for step in walk(folder) for file in step.photos]
    if not found:
        raise SystemExit(f"There is no photo in {folder}.")
    for photo in found:
        photo.read_bytes()
    return found


def sample(photos: Sequence[Path], size: int) -> list[Path]:
    """Return at most `size` of the photos, evenly spaced."""
    return [photos[number * len(photos) // size] for number in range(size)] if len(photos) > size else list(photos)


def write_copies(originals: Sequence[Path], count: int, folder: Path) -> None:
    """Fill a folder with copies, taking each original in turn."""
    _write(((photo.read_bytes(), photo.suffix) for photo in islice(cycle(originals), count)), folder)


def write_small_copies(originals: Sequence[Path], count: int, folder: Path, pixels: int) -> None:
    """Fill a folder with JPEG copies shrunk to a number of pixels, taking each original in turn."""
    shrunk = [small for photo in originals[:count] if (small := _shrink(photo, pixels))]
    _write(((data, ".jpg") for data in islice(cycle(shrunk), count)), folder)


def _shrink(photo: Path, pixels: int) -> bytes:
    try:
        image = decode(read_bytes(photo), math.isqrt(pixels)).image
    except DecodeError:
        return b""
    scale = math.sqrt(pixels / (image.width * image.height))
    target = io.BytesIO()
    image.resize((round(image.width * scale), round(image.height * scale))).save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _write(files: Iterator[tuple[bytes, str]], folder: Path) -> None:
    for number, (data, suffix) in enumerate(files):
        location = folder / f"{number // PHOTOS_PER_FOLDER:03}"
        location.mkdir(parents=True, exist_ok=True)
        # In HEIF, a "free" box, which decoders skip. Decoders of other formats ignore bytes after the end.
        (location / f"{number:06}{suffix}").write_bytes(data + b"\0\0\0\x10free" + number.to_bytes(8, "big"))
