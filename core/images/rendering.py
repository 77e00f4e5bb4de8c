"""Rendering: a picture that Pillow has opened, made upright, in sRGB and no larger than needed."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from datetime import UTC, datetime

from PIL import Image

from core.errors import DecodeError
from core.images.colour import simplified, to_srgb

MAX_PIXELS = 100_000_000
MAX_PIXELS_JPEG = 300_000_000
"""A JPEG is shrunk while it is decoded, so that a larger one costs no more time or memory than another format's."""

MARGIN = 2
"""A picture is kept at least this many times the size needed: shrinking by a whole number is coarser than a resize."""

DRAFT_MARGIN = 1.25
"""A JPEG is decoded to at least this many times the size needed. Its decoder shrinks better, by averaging."""

DATE_FORMAT = "%Y:%m:%d %H:%M:%S"

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


def render(image: Image.Image, side: int, orientation: int | None = None) -> Decoded:
    """Return an opened picture upright, in RGB, its shorter side at least `side` if it was.

    `orientation` counts in place of the one that the picture's own tags say.

    Raises:
        DecodeError: It is too large.
    """
    check_size(image.width, image.height, MAX_PIXELS_JPEG if image.format in {"JPEG", "MPO"} else MAX_PIXELS)
    # First, as this lets Pillow read as much of a damaged PNG as there is.
    taken_at = _taken_at(image)
    full = image.size
    wanted = math.ceil(side * DRAFT_MARGIN)
    image.draft("RGB", (wanted, wanted))
    is_draft = image.size != full
    image.load()
    # After loading: some decoders turn the picture themselves and take the tag away.
    turn = upright_by(image) if orientation is None else _UPRIGHT.get(orientation)
    small = to_srgb(_shrunk(simplified(image), side * MARGIN), image.info.get("icc_profile"))
    width, height = full if is_draft else image.size
    if turn is None:
        return Decoded(small, width, height, taken_at)
    if turn in SIDEWAYS:
        width, height = height, width
    return Decoded(small.transpose(turn), width, height, taken_at)


def upright_by(image: Image.Image) -> Image.Transpose | None:
    """Return what makes a picture upright that is not."""
    return _UPRIGHT.get(orientation_tag(image) or 1)


def orientation_tag(image: Image.Image) -> int | None:
    """Return how the picture is to be turned, as its tags say it, where they do."""
    try:
        # Not Pillow's exif_transpose, which writes all tags anew and fails where one of them is odd.
        return int(image.getexif()[_ORIENTATION])
    except Exception:  # noqa: BLE001 - a photo is worth finding, if lying, however broken its tags are
        return None


def check_size(width: int, height: int, limit: int, kind: str = "of this format") -> None:
    """Refuse a picture with more pixels than the limit for its kind.

    Raises:
        DecodeError: It is too large.
    """
    if width * height > limit:
        most = f"{limit // 1_000_000} million that are read {kind}"
        raise DecodeError(f"It is too large: {width} x {height} pixels, more than the {most}.")


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image


def _taken_at(image: Image.Image) -> int | None:
    try:
        text = str(image.getexif().get_ifd(_EXIF_IFD).get(_DATE_TAKEN, ""))
        return int(datetime.strptime(text.strip("\0 "), DATE_FORMAT).replace(tzinfo=UTC).timestamp())
    except Exception:  # noqa: BLE001 - a photo is worth finding however broken its tags are
        return None
