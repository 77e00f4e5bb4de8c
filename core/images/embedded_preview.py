"""The small picture that a camera puts at the beginning of a file: a first look for a hundredth of the cost.

It shows what the photo looks like well enough to be found by until the file is read as a whole. An edited photo may
carry the picture of what it was, which is why it counts until then only.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from core.images.decoder import decode, fit
from core.images.reader import ReadPhoto, UnreadableError
from core.images.rendering import SIDEWAYS, upright_by
from core.types import Details

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.types import PhotoFile

HEAD = 1 << 16
"""The tags of a JPEG, with the small picture among them, are at most so long and come first."""

WORTHWHILE = 300_000
"""Smaller files are read as a whole nearly as fast."""

SMALLEST_SIDE = 80
"""Anything smaller shows too little."""

_NAMES = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"})
_OFFSET, _LENGTH = 0x0201, 0x0202
_EXIF_HEADER = b"Exif\0\0"


def is_worth_a_look(file: PhotoFile) -> bool:
    """Tell whether a file may have a small picture, and is so large that this saves time."""
    return file.size >= WORTHWHILE and file.path.suffix.lower() in _NAMES


def read_preview(path: Path, spec: InputSpec) -> ReadPhoto | None:
    """Return what the small picture in a JPEG file shows; None where there is none, or reading the file is no dearer.

    The content of its details stands for the file's beginning, and their width and height are those of the photo.

    Raises:
        DecodeError: The file cannot be read.
    """
    try:
        status = path.stat()
        if status.st_size < WORTHWHILE:
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise UnreadableError(f"It could not be read from the disk: {error.strerror or error}.") from error
    if (found := _small_picture(head)) is None:
        return None
    small, (width, height) = found
    stamp = b"%d %d" % (status.st_size, status.st_mtime_ns)
    content = hashlib.blake2b(head + stamp, digest_size=16, person=b"preview").digest()
    return ReadPhoto(Details(content, width, height, is_provisional=True), fit(small, spec))


def _small_picture(head: bytes) -> tuple[Image.Image, tuple[int, int]] | None:
    """Return the small picture, and the size of the photo, both upright."""
    try:
        with Image.open(io.BytesIO(head), formats=["JPEG"]) as photo:
            place = photo.getexif().get_ifd(ExifTags.IFD.IFD1)
            tags = photo.info["exif"].removeprefix(_EXIF_HEADER)
            small = decode(tags[place[_OFFSET] : place[_OFFSET] + place[_LENGTH]], SMALLEST_SIDE).image
            if min(small.size) < SMALLEST_SIDE:
                return None
            small = _without_bars(small, photo.width / photo.height)
            turn = upright_by(photo)
            size = (photo.height, photo.width) if turn in SIDEWAYS else photo.size
            return (small.transpose(turn) if turn else small), size
    except Exception:  # noqa: BLE001 - the beginning of a file may hold anything; then there is no preview
        return None


def _without_bars(small: Image.Image, ratio: float) -> Image.Image:
    """Return the part in the middle that has the ratio of the photo: 160 x 120 is filled up with black."""
    width, height = small.size
    wide, high = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, top = (width - wide) // 2, (height - high) // 2
    return small.crop((left, top, left + max(1, wide), top + max(1, high)))
