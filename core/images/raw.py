"""RAW files: the preview that the camera put into them, or what the sensor saw, developed."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PIL import Image

from core.errors import DecodeError
from core.images.rendering import DATE_FORMAT, Decoded, check_size, orientation_tag, render

if TYPE_CHECKING:
    import rawpy

MAX_PIXELS_DEVELOPED = 64_000_000
"""Developing takes five bytes of memory for each pixel, and 18 where a pixel has all three colours."""

_SMALLEST = 16
_DATE = 0x0132
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
"""What EXIF calls the ways to turn a picture that LibRaw numbers: 1 mirrors it, 2 puts it on its head, 4 transposes."""


def render_raw(data: bytes, side: int) -> Decoded:
    """Return the photo upright, in sRGB, its shorter side at least `side` if it was.

    A preview that is smaller is shown only where the file can be read no further.

    Raises:
        DecodeError: It is damaged, too large to be developed, or of a camera that is not known.
    """
    import rawpy  # here, so that only who has such files waits for it

    with rawpy.RawPy() as raw:
        try:
            raw.open_buffer(io.BytesIO(data))
        except rawpy.LibRawError as error:
            raise DecodeError("It is a damaged RAW file, or of a camera that is not known yet.") from error
        preview = _preview(raw, side)
        if preview and min(preview.image.size) >= min(side, preview.width, preview.height):
            return preview
        try:
            return _developed(raw, side)
        except (rawpy.LibRawError, DecodeError) as error:
            if preview:
                return preview
            if isinstance(error, DecodeError):
                raise
            raise DecodeError("It is a damaged RAW file, or of a kind that cannot be read yet.") from error


def _preview(raw: rawpy.RawPy, side: int) -> Decoded | None:
    width, height = _upright_size(raw)
    # Whatever is wrong with a preview, there is the rest of the file.
    with suppress(Exception), _opened(raw) as image:
        if min(image.size) >= _SMALLEST:
            rendered = render(image, side, _orientation(image, raw.sizes.flip, is_tall=height > width))
            taken_at = _seconds(_date(image)) if rendered.taken_at is None else rendered.taken_at
            return Decoded(rendered.image, width, height, taken_at)
    return None


def _opened(raw: rawpy.RawPy) -> Image.Image:
    preview = raw.extract_thumb().data
    return Image.open(io.BytesIO(preview), formats=["JPEG"]) if isinstance(preview, bytes) else Image.fromarray(preview)


def _orientation(preview: Image.Image, flip: int, *, is_tall: bool) -> int:
    """Return how a preview becomes upright. Some lie as the sensor does, others have been turned by the camera.

    It is the first of what its own tags say, what the whole file says, and not at all, that gives the shape of the
    upright photo.
    """
    ways = [orientation_tag(preview) or 1, _ORIENTATIONS[flip & 7], 1]
    lies_tall = preview.height > preview.width
    return next((way for way in ways if (lies_tall != (way >= 5)) == is_tall), ways[0])


def _developed(raw: rawpy.RawPy, side: int) -> Decoded:
    width, height = _upright_size(raw)
    check_size(width, height, MAX_PIXELS_DEVELOPED, "of a RAW file without a preview")
    is_half_enough = min(width, height) // 2 >= side
    image = Image.fromarray(raw.postprocess(half_size=is_half_enough, use_camera_wb=True))
    return replace(render(image, side), width=width, height=height, taken_at=_seconds(raw.other.timestamp))


def _upright_size(raw: rawpy.RawPy) -> tuple[int, int]:
    sizes = raw.sizes
    return (sizes.height, sizes.width) if sizes.flip & 4 else (sizes.width, sizes.height)


def _date(preview: Image.Image) -> datetime | None:
    """Return when the photo was taken: LibRaw gives a preview without tags some, with the date of the whole file."""
    try:
        return datetime.strptime(str(preview.getexif().get(_DATE, "")).strip("\0 "), DATE_FORMAT)
    except ValueError:
        return None


def _seconds(moment: datetime | None) -> int | None:
    # LibRaw has no other word for "not known" than the beginning of 1970.
    if moment is None or moment.timestamp() == 0:
        return None
    return int(moment.replace(tzinfo=UTC).timestamp())
