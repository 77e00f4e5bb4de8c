"""Decodes RAW files: takes the preview that the camera embedded, or develops the sensor data."""

from __future__ import annotations

import io
from contextlib import suppress
from dataclasses import astuple, replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from PIL import Image

from core.errors import DecodeError
from core.images.metadata import EXIF_DATE, orientation_tag, read_tiff_metadata
from core.images.rendering import Decoded, check_size, render
from core.types import Metadata

if TYPE_CHECKING:
    import rawpy

MAX_PIXELS_DEVELOPED = 64_000_000
"""Developing takes 5 bytes of memory per pixel, or 18 if each pixel has all three colours."""

_MIN_PREVIEW_SIDE = 16
_DATE_TAG = 0x0132
_ORIENTATIONS = (1, 2, 4, 3, 5, 8, 6, 7)
"""The EXIF orientation for each flip value of LibRaw, whose bits mean: 1 mirror, 2 flip upside down, 4 transpose."""


def render_raw(data: bytes, side: int) -> Decoded:
    """Return the photo upright and in sRGB. Shrinking never makes its shorter side shorter than `side` pixels.

    A preview that is too small is used only if the sensor data cannot be developed.

    Raises:
        DecodeError: The file is damaged, too large to be developed, or from an unsupported camera.
    """
    photo = _rendered(data, side)
    # The preview has fewer tags than the file.
    pairs = zip(astuple(read_tiff_metadata(io.BytesIO(data))), astuple(photo.metadata), strict=True)
    return replace(photo, metadata=Metadata(*(second if first is None else first for first, second in pairs)))


def _rendered(data: bytes, side: int) -> Decoded:
    import rawpy  # imported here, because only RAW files need it

    with rawpy.RawPy() as raw:
        try:
            raw.open_buffer(io.BytesIO(data))
        except rawpy.LibRawError as error:
            raise DecodeError("The RAW file is damaged, or Semblance does not support its camera yet.") from error
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
            raise DecodeError("The RAW file is damaged, or of a kind that Semblance does not support yet.") from error


def _preview(raw: rawpy.RawPy, side: int) -> Decoded | None:
    width, height = _upright_size(raw)
    # If anything is wrong with the preview, the sensor data is still there.
    with suppress(Exception), _open_preview(raw) as image:
        if min(image.size) >= _MIN_PREVIEW_SIDE:
            rendered = render(image, side, _orientation(image, raw.sizes.flip, is_tall=height > width))
            metadata = rendered.metadata
            if metadata.taken_at is None:
                metadata = replace(metadata, taken_at=_seconds(_date(image)))
            return Decoded(rendered.image, width, height, metadata)
    return None


def _open_preview(raw: rawpy.RawPy) -> Image.Image:
    preview = raw.extract_thumb().data
    return Image.open(io.BytesIO(preview), formats=["JPEG"]) if isinstance(preview, bytes) else Image.fromarray(preview)


def _orientation(preview: Image.Image, flip: int, *, is_tall: bool) -> int:
    """Return the EXIF orientation that makes a preview upright.

    Some cameras store the preview as the sensor sees it, others have already rotated it. The candidates are the
    preview's own tag, the RAW file's orientation, and no rotation. The first that gives the shape of the upright photo
    is right.
    """
    candidates = [orientation_tag(preview) or 1, _ORIENTATIONS[flip & 7], 1]
    is_preview_tall = preview.height > preview.width
    return next(
        (orientation for orientation in candidates if (is_preview_tall != (orientation >= 5)) == is_tall), candidates[0]
    )


def _developed(raw: rawpy.RawPy, side: int) -> Decoded:
    width, height = _upright_size(raw)
    check_size(width, height, MAX_PIXELS_DEVELOPED, "RAW files without a preview")
    is_half_enough = min(width, height) // 2 >= side
    image = Image.fromarray(raw.postprocess(half_size=is_half_enough, use_camera_wb=True))
    metadata = Metadata(taken_at=_seconds(raw.other.timestamp))
    return replace(render(image, side), width=width, height=height, metadata=metadata)


def _upright_size(raw: rawpy.RawPy) -> tuple[int, int]:
    sizes = raw.sizes
    return (sizes.height, sizes.width) if sizes.flip & 4 else (sizes.width, sizes.height)


def _date(preview: Image.Image) -> datetime | None:
    """Return when the photo was taken. LibRaw adds the date of the RAW file to a preview that has no tags."""
    try:
        return datetime.strptime(str(preview.getexif().get(_DATE_TAG, "")).strip("\0 "), EXIF_DATE)
    except ValueError:
        return None


def _seconds(date: datetime | None) -> int | None:
    # LibRaw reports an unknown date as the beginning of 1970.
    if date is None or date.timestamp() == 0:
        return None
    return int(date.replace(tzinfo=UTC).timestamp())
