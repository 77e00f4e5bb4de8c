"""Decodes the bytes of a file to an upright sRGB picture, no larger than needed."""

from __future__ import annotations

import io
import logging
import struct
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import DecodeError
from core.images.codecs.big_tiff import as_ordinary_tiff, is_big_endian_big_tiff
from core.images.codecs.bit_fields import has_bit_fields, render_bit_fields
from core.images.codecs.incomplete_file import filled_up
from core.images.codecs.incomplete_jpeg import is_filled_up, render_incomplete_jpeg
from core.images.codecs.jpeg_xl import render_jpeg_xl
from core.images.codecs.raw import render_raw
from core.images.colour_codes import png_codes
from core.images.formats import formats, is_jpeg_xl, is_raw
from core.images.model_input import Resample
from core.images.rendering import JPEG, MAX_PIXELS_JPEG, render

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
    """Return the picture upright (EXIF orientation applied) and in RGB.

    Shrinking never makes the shorter side shorter than `side` pixels. Transparent parts become white.
    Of several frames or pages, the first is decoded. A RAW file is decoded from its embedded preview if that is large
    enough.

    Raises:
        DecodeError: The bytes are truncated, too large or not a picture. In most formats, a tenth may be missing.
    """
    if not data:
        raise DecodeError("The file is empty.")
    try:
        return _decode(data, side)
    except DecodeError:
        raise
    except Exception as error:  # decoders raise many types; only here are they turned into a DecodeError
        if (complete := filled_up(data)) is not None:
            with suppress(Exception):
                return replace(_decode(complete, side), is_incomplete=True)
        log.debug("A picture could not be decoded", exc_info=error)
        raise DecodeError(_reason(error)) from error


def fit(image: Image.Image, spec: InputSpec) -> Pixels:
    """Return the picture resized and cropped for a model, as (height, width, 3) uint8."""
    resample = _RESAMPLE[spec.resample]
    if not spec.resize_to:
        return np.asarray(image.resize((spec.width, spec.height), resample))
    scale = spec.resize_to / min(image.size)
    size = (max(spec.width, round(image.width * scale)), max(spec.height, round(image.height * scale)))
    left, top = (size[0] - spec.width) // 2, (size[1] - spec.height) // 2
    # Resize only the cropped region: a complete panorama whose shorter side fits the model would be huge.
    box = (left / size[0], top / size[1], (left + spec.width) / size[0], (top + spec.height) / size[1])
    region = (box[0] * image.width, box[1] * image.height, box[2] * image.width, box[3] * image.height)
    return np.asarray(image.resize((spec.width, spec.height), resample, box=region))


def _decode(data: bytes, side: int) -> Decoded:
    if is_raw(data):
        return render_raw(data, side)
    if is_jpeg_xl(data):
        return render_jpeg_xl(data, side)
    if has_bit_fields(data):
        return render_bit_fields(data, side)
    if is_big_endian_big_tiff(data):
        data = as_ordinary_tiff(data)
    with Image.open(io.BytesIO(data), formats=formats()) as image:
        if image.format in JPEG:
            return _render_jpeg(image, data, side)
        image.info.update(png_codes(data))
        return render(image, side)


def _render_jpeg(image: Image.Image, data: bytes, side: int) -> Decoded:
    if not is_filled_up(data):
        with suppress(OSError):
            return render(image, side)
    return render_incomplete_jpeg(data, side)


def _reason(error: Exception) -> str:
    if isinstance(error, UnidentifiedImageError):
        return "The file is not a picture, is damaged, or has a format that Semblance cannot read."
    if isinstance(error, Image.DecompressionBombError):
        return f"The picture is too large. The limit is {MAX_PIXELS_JPEG // 1_000_000} million pixels."
    if isinstance(error, MemoryError):
        return "The picture needs more memory than this computer has free."
    if isinstance(error, (EOFError, struct.error)) or "truncated" in str(error).lower():
        return "The file is damaged because its end is missing."
    return "The file is damaged, or of a kind that Semblance cannot read."
