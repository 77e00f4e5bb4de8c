"""Renders a picture that Pillow has opened: upright, in sRGB and no larger than needed."""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from core.errors import DecodeError
from core.images.colour import to_basic_mode, to_srgb
from core.images.metadata import orientation_tag, read_metadata

if TYPE_CHECKING:
    from core.types import Metadata

MAX_PIXELS = 100_000_000
MAX_PIXELS_JPEG = 300_000_000
"""A JPEG is shrunk while it is decoded, so it may be larger for the same time and memory."""

JPEG = frozenset({"JPEG", "MPO"})
"""Pillow's names for JPEG files with one picture and with several."""

MARGIN = 2
"""Integer shrinking, which is coarse, leaves at least this many times the needed size for the final resize."""

DRAFT_MARGIN = 1.25
"""The JPEG decoder, which shrinks better by averaging, leaves at least this many times the needed size."""

_TRANSPOSES = {
    2: Image.Transpose.FLIP_LEFT_RIGHT,
    3: Image.Transpose.ROTATE_180,
    4: Image.Transpose.FLIP_TOP_BOTTOM,
    5: Image.Transpose.TRANSPOSE,
    6: Image.Transpose.ROTATE_270,
    7: Image.Transpose.TRANSVERSE,
    8: Image.Transpose.ROTATE_90,
}
SIDEWAYS = frozenset(_TRANSPOSES[orientation] for orientation in (5, 6, 7, 8))

Image.MAX_IMAGE_PIXELS = MAX_PIXELS_JPEG // 2  # Pillow refuses pictures of more than twice this

# Pillow warns about unusual tags, large pictures and old formats, which the user cannot do anything about.
warnings.filterwarnings("ignore", module=r"PIL\.")


@dataclass(frozen=True, slots=True)
class Decoded:
    """A decoded picture, which may be shrunk.

    `width` and `height` are the full size when upright. If `is_incomplete`, the end of the file is missing.
    """

    image: Image.Image
    width: int
    height: int
    metadata: Metadata
    is_incomplete: bool = False


def render(image: Image.Image, side: int, orientation: int | None = None) -> Decoded:
    """Return an opened picture upright and in RGB. Shrinking never makes its shorter side shorter than `side` pixels.

    `orientation`, if given, overrides the EXIF orientation of the picture.

    Raises:
        DecodeError: The picture is too large.
    """
    check_size(image.width, image.height, MAX_PIXELS_JPEG if image.format in JPEG else MAX_PIXELS)
    # Read the tags before loading: this makes Pillow decode as much of a damaged PNG as possible.
    metadata = read_metadata(image)
    full_size = image.size
    if image.format in JPEG:  # for a HEIC file, this would replace the picture by its embedded thumbnail
        draft_side = math.ceil(side * DRAFT_MARGIN)
        image.draft("RGB", (draft_side, draft_side))
    is_draft = image.size != full_size
    image.load()
    # Read the orientation after loading: some decoders rotate the picture themselves and remove the tag.
    transpose = transpose_to_upright(image) if orientation is None else _TRANSPOSES.get(orientation)
    small = to_srgb(_shrunk(to_basic_mode(image), side * MARGIN), image.info)
    width, height = full_size if is_draft else image.size
    if transpose is None:
        return Decoded(small, width, height, metadata)
    if transpose in SIDEWAYS:
        width, height = height, width
    return Decoded(small.transpose(transpose), width, height, metadata)


def transpose_to_upright(image: Image.Image) -> Image.Transpose | None:
    """Return the transpose that makes a picture upright, or None if it is upright already."""
    return _TRANSPOSES.get(orientation_tag(image) or 1)


def check_size(width: int, height: int, limit: int, kind: str = "this format") -> None:
    """Refuse a picture with more pixels than `limit`. The error message calls its kind `kind`.

    Raises:
        DecodeError: The picture is too large.
    """
    if width * height > limit:
        most = f"The limit for {kind} is {limit // 1_000_000} million"
        raise DecodeError(f"The picture is too large, with {width} x {height} pixels. {most}.")


def _shrunk(image: Image.Image, side: int) -> Image.Image:
    factor = min(image.size) // side
    return image.reduce(factor) if factor > 1 else image
