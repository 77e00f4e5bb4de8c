"""Colour: any mode and profile that a file may have, to plain sRGB."""

from __future__ import annotations

import io
from contextlib import suppress

import numpy as np
from PIL import Image, ImageCms

_SPACES = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}
_WITH_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})


def simplified(image: Image.Image) -> Image.Image:
    """Return the picture in RGB, CMYK or L, transparent parts on white. Its profile is still to be applied."""
    if image.mode.startswith(("I", "F")):
        return _eight_bits(image)
    if image.mode in _WITH_ALPHA or "transparency" in image.info:
        rgba = image.convert("RGBA")
        ground = Image.new("RGBA", rgba.size, "white")
        return Image.alpha_composite(ground, rgba).convert("RGB")
    if image.mode == "LAB":
        return ImageCms.profileToProfile(image, ImageCms.createProfile("LAB"), _srgb(), outputMode="RGB") or image
    if image.mode == "1":
        return image.convert("L")
    return image if image.mode in _SPACES else image.convert("RGB")


def to_srgb(image: Image.Image, profile: bytes | None) -> Image.Image:
    """Return a `simplified` picture in RGB with the colour profile of its file applied."""
    if profile:
        # A damaged profile is no reason to lose the photo: without it the colours are a little off.
        with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            fits = source.profile.xcolor_space == _SPACES[image.mode]
            if fits and "sRGB" not in (source.profile.profile_description or ""):
                return ImageCms.profileToProfile(image, source, _srgb(), outputMode="RGB") or image.convert("RGB")
    return image.convert("RGB")


def _eight_bits(image: Image.Image) -> Image.Image:
    """Return greys of 16 or 32 bits or floating point as 8 bits."""
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
