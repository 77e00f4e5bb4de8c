"""Decoding: from the bytes of a file to an upright picture in sRGB, no larger than needed."""

from __future__ import annotations

import io
import logging
import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import DecodeError
from core.images.formats import formats, is_jpeg_xl, is_raw
from core.images.jpeg_xl import render_jpeg_xl
from core.images.model_input import Resample
from core.images.raw import render_raw
from core.images.rendering import MAX_PIXELS_JPEG, render

if TYPE_CHECKING:
    from core.images.model_input import InputSpec
    from core.images.rendering import Decoded
    from core.types import Pixels

log = logging.getLogger(__name__)

_RESAMPLE = {
    Resample.BILINEAR: Image.Resampling.BILINEAR,
    Resample.BICUBIC: Image.Resampling.BICUBIC,
    Resample.LANCZOS: Image.Resampling.LANCZOS,
}


def decode(data: bytes, side: int) -> Decoded:
    """Return the picture upright (EXIF orientation applied), in RGB, its shorter side at least `side` if it was.

    Transparent parts are shown on white; of several frames or pages, the first; of a RAW file, its preview.

    Raises:
        DecodeError: The bytes are truncated, too large or not a picture.
    """
    if not data:
        raise DecodeError("The file is empty.")
    try:
        if is_raw(data):
            return render_raw(data, side)
        if is_jpeg_xl(data):
            return render_jpeg_xl(data, side)
        with Image.open(io.BytesIO(data), formats=formats()) as image:
            return render(image, side)
    except DecodeError:
        raise
    except Exception as error:  # the decoders raise whatever they like; this is the one edge for it
        log.debug("A picture could not be decoded", exc_info=error)
        raise DecodeError(_reason(error)) from error


def fit(image: Image.Image, spec: InputSpec) -> Pixels:
    """Return the picture as a model wants it: (height, width, 3) uint8."""
    resample = _RESAMPLE[spec.resample]
    if not spec.resize_to:
        return np.asarray(image.resize((spec.width, spec.height), resample))
    scale = spec.resize_to / min(image.size)
    size = (max(spec.width, round(image.width * scale)), max(spec.height, round(image.height * scale)))
    left, top = (size[0] - spec.width) // 2, (size[1] - spec.height) // 2
    # Only the part that is kept is computed: a panorama would be huge when its shorter side fits.
    box = (left / size[0], top / size[1], (left + spec.width) / size[0], (top + spec.height) / size[1])
    region = (box[0] * image.width, box[1] * image.height, box[2] * image.width, box[3] * image.height)
    return np.asarray(image.resize((spec.width, spec.height), resample, box=region))


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "It is not a picture, or damaged, or of a format that cannot be read."
    if isinstance(error, Image.DecompressionBombError):
        return f"It is too large: more than the {MAX_PIXELS_JPEG // 1_000_000} million pixels that are read."
    if isinstance(error, MemoryError):
        return "It needs more memory than this computer has free."
    if isinstance(error, (EOFError, struct.error)) or "truncated" in str(error).lower():
        return "It is damaged: the file is cut off."
    return "It is damaged, or of a kind that cannot be read."
