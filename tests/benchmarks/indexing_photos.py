"""The photos that `indexing.py` measures with: copies of real ones, each with bytes of its own."""

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

A_FOLDER = 1000
QUALITY = 90


def photos_in(folder: Path) -> list[Path]:
    """Return the photos of a folder, brought into the file cache."""
    found = [file.path for step in walk(folder) for file in step.photos]
    if not found:
        raise SystemExit(f"There is no photo in {folder}.")
    for photo in found:
        photo.read_bytes()
    return found


def spread(photos: Sequence[Path], most: int) -> list[Path]:
    """Return at most so many of the photos, from all over."""
    return [photos[number * len(photos) // most] for number in range(most)] if len(photos) > most else list(photos)


def copies(originals: Sequence[Path], count: int, folder: Path) -> None:
    """Fill a folder with copies of photos, in turn."""
    _write(((photo.read_bytes(), photo.suffix) for photo in islice(cycle(originals), count)), folder)


def small_copies(originals: Sequence[Path], count: int, folder: Path, pixels: int) -> None:
    """Fill a folder with copies of photos, in turn, shrunk to a number of pixels and saved as JPEG."""
    shrunk = [small for photo in originals[:count] if (small := _shrunk(photo, pixels))]
    _write(((data, ".jpg") for data in islice(cycle(shrunk), count)), folder)


def _shrunk(photo: Path, pixels: int) -> bytes:
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
        location = folder / f"{number // A_FOLDER:03}"
        location.mkdir(parents=True, exist_ok=True)
        # A box that is free to be passed over, as HEIF has them; in other formats nobody reads past the end.
        (location / f"{number:06}{suffix}").write_bytes(data + b"\0\0\0\x10free" + number.to_bytes(8, "big"))
