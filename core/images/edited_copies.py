"""Makes edited copies of a picture, as people and programs make them, to see whether a search finds the original."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

from PIL import Image, ImageEnhance, ImageOps

from core.images.decoder import decode

if TYPE_CHECKING:
    from collections.abc import Callable

SIDE = 640
"""The least length, in pixels, of the shorter side of the picture that is edited, unless the photo is smaller."""

QUALITY, LOW_QUALITY = 90, 30
SMALL = 256
CROPPED = 0.2
"""The share of the width and of the height that is cut off, on the left and at the top."""

FRAME = 0.15
BRIGHTER = 1.5

EDITS: dict[str, Callable[[Image.Image], Image.Image]] = {
    "low quality": lambda image: image,
    "small": lambda image: image.reduce(max(1, max(image.size) // SMALL)),
    "cropped": lambda image: image.crop(
        (round(CROPPED * image.width), round(CROPPED * image.height), image.width, image.height)
    ),
    "turned": lambda image: image.transpose(Image.Transpose.ROTATE_90),
    "mirrored": ImageOps.mirror,
    "black and white": lambda image: ImageOps.grayscale(image).convert("RGB"),
    "brighter": lambda image: ImageEnhance.Brightness(image).enhance(BRIGHTER),
    "framed": lambda image: ImageOps.expand(image, round(FRAME * min(image.size)), "white"),
}


def edited_copies(data: bytes) -> dict[str, bytes]:
    """Return a JPEG of a picture for each kind of edit.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    image = decode(data, SIDE).image
    copies = {}
    for name, edit in EDITS.items():
        target = io.BytesIO()
        edit(image).save(target, "JPEG", quality=LOW_QUALITY if name == "low quality" else QUALITY)
        copies[name] = target.getvalue()
    return copies
