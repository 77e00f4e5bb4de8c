"""Converts pictures of any colour mode and profile to sRGB."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageCms

_PROFILE_SPACES = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}
_WITH_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


def to_basic_mode(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, CMYK or L, with transparent parts on white. Does not apply its colour profile."""
    if image.mode.startswith(("I", "F")):
        return _to_eight_bits(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        rgba = image.convert("RGBA")
        background = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(background, rgba).convert("RGB")
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _srgb(), outputMode="RGB") or image
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in _PROFILE_SPACES else image.convert("RGB")


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a picture from `to_basic_mode` in RGB, converted from the colour profile of its file."""
    if profile:
        # Do not lose the photo over a damaged profile: without the profile, the colours are only slightly wrong.
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            matches = source.profile.xcolor_space == _PROFILE_SPACES[image.mode]
            if matches and "sRGB" not in (source.profile.profile_description or ""):
                return ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB") or image.convert("RGB")
    return image.convert("RGB")


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Return a greyscale picture of 16 or 32 bits, or of floating point, in 8 bits."""
    values = np.nan_to_num(np.asarray(image, dtype=np.float32))
    highest = float(values.max(initial=0.0))
    if image.mode == "F" and highest <= 1.0:
        white = 1.0
    elif image.mode.startswith("I;16") or highest > 255.0:
        white = max(65_535.0, highest)
    else:
        white = 255.0
    return Image.fromarray(np.clip(values * (255.0 / white), 0.0, 255.0).astype(np.uint8))


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
