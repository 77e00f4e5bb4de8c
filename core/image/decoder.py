"""Decoding: from the bytes of a file to an upright picture in sRGB, no larger than needed."""

from __future__ import annotations

import io
import logging
import struct
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, UnidentifiedImageError

from core.errors import DecodeError
from core.image.colour import simplified, to_srgb
from core.image.formats import formats
from core.model_input import Resample

if TYPE_CHECKING:
    from core.model_input import InputSpec
    from core.types import Pixels

log = logging.getLogger(__name__)

MAX_PIXELS = 100_000_000
MAX_PIXELS_JPEG = 300_000_000
"""A JPEG is shrunk while it is decoded, so that a larger one costs no more time or memory than another format's."""

MARGIN = 2
"""A JPEG is decoded to at least this many times the size needed: its own shrinking is coarser than a good resize."""

_DATE_TAKEN = 0x9003
_EXIF_IFD = 0x8769
_ORIENTATION = 0x0112
_UPRIGHT = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset(_UPRIGHT[orientation] for orientation in (5, 6, 7, 8))
_RESAMPLE = {
    Resample.BILINEAR: Image.Resampling.BILINEAR,
    Resample.BICUBIC: Image.Resampling.BICUBIC,
    Resample.LANCZOS: Image.Resampling.LANCZOS,
}

Image.MAX_IMAGE_PIXELS = MAX_PIXELS_JPEG // 2  # Pillow refuses what is more than twice this

# What Pillow warns of (odd tags, large pictures, old formats) is no news to the owner of the photos.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A picture, and what its file says: its full size when upright, and when it was taken (seconds since 1970)."""

    image: Image.Image
    width: int
    height: int
    taken_at: int | None


def decode(data: bytes, side: int) -> Decoded:
    """Return the picture upright (EXIF orientation applied), in RGB, its shorter side at least `side` if it was.

    Transparent parts are shown on white; of several frames or pages, the first.

    Raises:
        DecodeError: The bytes are truncated, too large or not a picture.
    """
    if not data:
        raise DecodeError("The file is empty.")
    try:
        with Image.open(io.BytesIO(data), formats=formats()) as image:
            _check_size(image)
            return _decode(image, side)
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


def _check_size(image: Image.Image) -> None:
    limit = MAX_PIXELS_JPEG if image.format in {"JPEG", "MPO"} else MAX_PIXELS
    if image.width * image.height > limit:
        raise DecodeError(
            f"It is too large: {image.width} x {image.height} pixels, more than the {limit // 1_000_000} million "
            "that are read of this format."
        )


def _decode(image: Image.Image, side: int) -> Decoded:
    taken_at = _taken_at(image)
    full = image.size
    image.draft("RGB", (side * MARGIN, side * MARGIN))
    is_draft = image.size != full
    image.load()
    # After loading: some decoders turn the picture themselves and take the tag away.
    turn = upright_by(image)
    small = to_srgb(_shrunk(simplified(image), side * MARGIN), image.info.get("icc_profile"))
    width, height = full if is_draft else image.size
    if turn is None:
        return Decoded(small, width, height, taken_at)
    if turn in SIDEWAYS:
        width, height = height, width
    return Decoded(small.transpose(turn), width, height, taken_at)


def upright_by(image: Image.Image) -> Image.Transpose | None:
    """Return what makes a picture upright that is not."""
    try:
        # Not Pillow's exif_transpose, which writes all tags anew and fails where one of them is odd.
        return _UPRIGHT.get(int(image.getexif().get(_ORIENTATION, 1)))
    except Exception:  # noqa: BLE001 - a photo is worth finding, if lying, however broken its tags are
        return None


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def _taken_at(image: Image.Image) -> int | None:
    try:
        text = str(image.getexif().get_ifd(_EXIF_IFD).get(_DATE_TAKEN, ""))
        return int(datetime.strptime(text.strip("\0 "), "%Y:%m:%d %H:%M:%S").replace(tzinfo=UTC).timestamp())
    except Exception:  # noqa: BLE001 - a photo is worth finding however broken its tags are
        return None


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
