"""Reads the embedded preview of a photo, for a fraction of the cost of the complete file.

A preview shows enough for a search to find the photo until the complete file is read. It is used only until then,
because an edited photo may still have the preview of the original, and because previews are strongly compressed.
"""

from __future__ import annotations

import hashlib
import io
import math
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from core.errors import UnreadableError
from core.images.decoder import decode, fit
from core.images.heif_preview import decode_embedded_preview, is_heif, read_without_picture
from core.images.metadata import read_metadata
from core.images.reader import ReadPhoto, shortest_side
from core.images.rendering import SIDEWAYS, Decoded, transpose_to_upright
from core.types import PhotoDetails

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.types import PhotoFile

HEAD = 1 << 16
"""The EXIF tags of a JPEG, which include the preview, come first and are at most this long in bytes."""

PREVIEW_MIN_BYTES = 300_000
"""Reading a smaller JPEG completely is nearly as fast as reading its preview."""

HEIC_MIN_BYTES = 100_000
"""Reading a smaller HEIC photo completely takes less than four times as long as reading and embedding its preview."""

SMALLEST_SIDE = 80
"""Smaller previews show too little."""

_JPEG_EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"})
_HEIC_EXTENSIONS = frozenset({".heic", ".heif", ".hif"})
_MIN_BYTES = dict.fromkeys(_JPEG_EXTENSIONS, PREVIEW_MIN_BYTES) | dict.fromkeys(_HEIC_EXTENSIONS, HEIC_MIN_BYTES)
_OFFSET, _LENGTH = 0x0201, 0x0202
_EXIF_HEADER = b"Exif\0\0"


def is_worth_previewing(file: PhotoFile) -> bool:
    """Return whether a file is a photo that may have a preview, and is large enough for it to save time."""
    return file.size >= _MIN_BYTES.get(file.path.suffix.lower(), math.inf)


def is_slow_to_decode(file: PhotoFile) -> bool:
    """Return whether a file is a HEIC photo, which takes as long to decode as a dozen JPEG photos of its size."""
    return file.path.suffix.lower() in _HEIC_EXTENSIONS


def read_preview(path: Path, spec: InputSpec) -> ReadPhoto | None:
    """Return a photo from the embedded preview of a JPEG or HEIC file, or None if the file has no usable preview.

    The content key identifies only the preview, with the size and date of the file. The width and height are those of
    the photo.

    Raises:
        UnreadableError: The file cannot be read.
    """
    try:
        status = path.stat()
        with path.open("rb") as file:
            head = file.read(HEAD)
            if is_heif(head):
                preview = _heic_preview(read_without_picture(file, status.st_size), shortest_side(spec))
            else:
                preview = _jpeg_preview(head)
    except OSError as error:
        raise UnreadableError(f"The file could not be read: {error.strerror or error}.") from error
    if preview is None:
        return None
    pixels = fit(preview.image, spec)
    stamp = b"%d %d" % (status.st_size, status.st_mtime_ns)
    content = hashlib.blake2b(pixels.tobytes() + stamp, digest_size=16, person=b"preview").digest()
    details = PhotoDetails(content, preview.width, preview.height, preview.metadata, is_provisional=True)
    return ReadPhoto(details, pixels)


def _heic_preview(data: bytes | None, side: int) -> Decoded | None:
    if data is None:
        return None
    return decode_embedded_preview(data, side) or decode_embedded_preview(data, SMALLEST_SIDE)


def _jpeg_preview(head: bytes) -> Decoded | None:
    try:
        with Image.open(io.BytesIO(head), formats=["JPEG"]) as photo:
            ifd = photo.getexif().get_ifd(ExifTags.IFD.IFD1)
            tags = photo.info["exif"].removeprefix(_EXIF_HEADER)
            preview = decode(tags[ifd[_OFFSET] : ifd[_OFFSET] + ifd[_LENGTH]], SMALLEST_SIDE).image
            if min(preview.size) < SMALLEST_SIDE:
                return None
            preview = _without_bars(preview, photo.width / photo.height)
            turn = transpose_to_upright(photo)
            width, height = (photo.height, photo.width) if turn in SIDEWAYS else photo.size
            return Decoded(preview.transpose(turn) if turn else preview, width, height, read_metadata(photo))
    except Exception:  # noqa: BLE001 - the file may contain anything, and then has no usable preview
        return None


def _without_bars(preview: Image.Image, ratio: float) -> Image.Image:
    """Return the middle part with the photo's aspect ratio: cameras pad previews to 160 x 120 pixels with black."""
    width, height = preview.size
    crop_width, crop_height = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return preview.crop((left, top, left + max(1, crop_width), top + max(1, crop_height)))
