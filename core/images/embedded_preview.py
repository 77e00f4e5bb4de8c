"""Reads the embedded preview that cameras put at the beginning of a JPEG file, for a hundredth of the cost of the file.

A preview shows enough for a search to find the photo until the complete file is read. It is used only until then,
because an edited photo may still have the preview of the original.
"""

from __future__ import annotations

import hashlib
import io
from typing import TYPE_CHECKING

from PIL import ExifTags, Image

from core.images.decoder import decode, fit
from core.images.reader import ReadPhoto, UnreadableError
from core.images.rendering import SIDEWAYS, transpose_to_upright
from core.types import PhotoDetails

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.types import PhotoFile

HEAD = 1 << 16
"""The EXIF tags of a JPEG, which include the preview, come first and are at most this long in bytes."""

PREVIEW_MIN_BYTES = 300_000
"""Reading a smaller file completely is nearly as fast as reading its preview."""

SMALLEST_SIDE = 80
"""Smaller previews show too little."""

_EXTENSIONS = frozenset({".jpg", ".jpeg", ".jpe", ".jfif", ".mpo"})
_OFFSET, _LENGTH = 0x0201, 0x0202
_EXIF_HEADER = b"Exif\0\0"


def is_worth_previewing(file: PhotoFile) -> bool:
    """Return whether a file is a JPEG that is large enough for a preview to save time."""
    return file.size >= PREVIEW_MIN_BYTES and file.path.suffix.lower() in _EXTENSIONS


def read_preview(path: Path, spec: InputSpec) -> ReadPhoto | None:
    """Return a photo from the embedded preview of a JPEG file, or None if the file is small or has no usable preview.

    The content key identifies only the beginning of the file. The width and height are those of the photo.

    Raises:
        UnreadableError: The file cannot be read.
    """
    try:
        status = path.stat()
        if status.st_size < PREVIEW_MIN_BYTES:
            return None
        with path.open("rb") as file:
            head = file.read(HEAD)
    except OSError as error:
        raise UnreadableError(f"The file could not be read: {error.strerror or error}.") from error
    if (found := _decoded_preview(head)) is None:
        return None
    preview, (width, height) = found
    stamp = b"%d %d" % (status.st_size, status.st_mtime_ns)
    content = hashlib.blake2b(head + stamp, digest_size=16, person=b"preview").digest()
    return ReadPhoto(PhotoDetails(content, width, height, is_provisional=True), fit(preview, spec))


def _decoded_preview(head: bytes) -> tuple[Image.Image, tuple[int, int]] | None:
    """Return the preview and the size of the photo, both upright."""
    try:
        with Image.open(io.BytesIO(head), formats=["JPEG"]) as photo:
            ifd = photo.getexif().get_ifd(ExifTags.IFD.IFD1)
            tags = photo.info["exif"].removeprefix(_EXIF_HEADER)
            preview = decode(tags[ifd[_OFFSET] : ifd[_OFFSET] + ifd[_LENGTH]], SMALLEST_SIDE).image
            if min(preview.size) < SMALLEST_SIDE:
                return None
            preview = _without_bars(preview, photo.width / photo.height)
            turn = transpose_to_upright(photo)
            size = (photo.height, photo.width) if turn in SIDEWAYS else photo.size
            return (preview.transpose(turn) if turn else preview), size
    except Exception:  # noqa: BLE001 - the file may contain anything, and then has no usable preview
        return None


def _without_bars(preview: Image.Image, ratio: float) -> Image.Image:
    """Return the middle part with the photo's aspect ratio: cameras pad previews to 160 x 120 pixels with black."""
    width, height = preview.size
    crop_width, crop_height = min(width, round(height * ratio)), min(height, round(width / ratio))
    left, top = (width - crop_width) // 2, (height - crop_height) // 2
    return preview.crop((left, top, left + max(1, crop_width), top + max(1, crop_height)))
