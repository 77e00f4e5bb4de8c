"""Converts pictures of any colour mode and profile to sRGB."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from functools import cache, lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image, ImageChops, ImageCms

from core.images.colour_codes import colour_encoding

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy.typing as npt

_PROFILE_SPACES = {"RGB": "RGB ", "CMYK": "CMYK", "L": "GRAY"}
_WITH_ALPHA = frozenset({"LA", "La", "PA", "RGBA", "RGBa"})
_SAMPLE = 1_000_000  # the number of values that show the range of a picture
_SRGB_TOLERANCE = 2  # out of 255: sRGB profiles from different programs differ by 1, because of rounding


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


def to_srgb(image: Image.Image, info: Mapping[str | tuple[int, int], object]) -> Image.Image:
    """Return a picture from `to_basic_mode` in RGB, converted from the colours that the properties of its file name."""
    if encoding := colour_encoding(info):
        return encoding.to_srgb(image.convert("RGB"))
    profile = info.get("icc_profile")
    transform = _transform_to_srgb(profile, image.mode) if isinstance(profile, bytes) else None
    return transform.apply(image) if transform else image.convert("RGB")


@lru_cache(maxsize=32)
def _transform_to_srgb(profile: bytes, mode: str) -> ImageCms.ImageCmsTransform | None:
    """Return the transform from a colour profile to sRGB, or None if the profile is sRGB's or cannot be used.

    What the transform does decides, not the name of the profile: "Linear sRGB" and "Rec2020 Gamut with sRGB Transfer"
    are names of very different profiles.
    """
    # Do not lose the photo over a damaged profile: without the profile, the colours are only slightly wrong.
    with suppress(ImageCms.PyCMSError, OSError, TypeError, ValueError):
        source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
        if source.profile.xcolor_space == _PROFILE_SPACES[mode]:
            transform = ImageCms.buildTransform(source, _srgb(), mode, "RGB")
            colours = _all_colours().convert(mode)
            change = ImageChops.difference(transform.apply(colours), colours.convert("RGB"))
            if np.asarray(change).max() > _SRGB_TOLERANCE:
                return transform
    return None


@cache
def _all_colours() -> Image.Image:
    """Return a picture of evenly spaced colours of all hues and brightnesses."""
    levels = np.linspace(0, 255, 9).astype(np.uint8)
    return Image.fromarray(np.stack(np.meshgrid(levels, levels, levels), axis=-1).reshape(27, 27, 3))


def _to_eight_bits(image: Image.Image) -> Image.Image:
    """Return a greyscale picture of 16 or 32 bits, or of floating point, in 8 bits."""
    values = np.asarray(image, dtype=np.float32)
    if image.mode == "F":
        white = _white(values)
    else:
        highest = float(values.max(initial=0.0))
        white = max(65_535.0, highest) if image.mode.startswith("I;16") or highest > 255.0 else 255.0
    # NaN, which no clipping changes, becomes black.
    return Image.fromarray(np.nan_to_num(np.clip(values, 0.0, white) * (255.0 / white)).astype(np.uint8))


def _white(values: npt.NDArray[np.float32]) -> float:
    """Return the value that is white in a floating-point picture: 1, 255, 65,535, or else nearly its highest value."""
    step = max(1, math.isqrt(values.size // _SAMPLE))
    sample = values[::step, ::step]
    finite = sample[np.isfinite(sample)]
    if not finite.size:
        return 1.0
    # A few values may be far too high: highlights, or mistakes of a calculation.
    middle, highest = map(float, np.percentile(finite, (50, 99)))
    if highest <= 1.0:
        return 1.0
    if middle <= 1.0 or highest > 65_535.0:
        return highest  # more contrast than a range from 0 to 1 can hold
    return 255.0 if highest <= 255.0 else 65_535.0


def _srgb() -> ImageCms.ImageCmsProfile:
    return ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB"))
