"""The ten query views of a picture. An edited copy of a photo often resembles the original more in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image, ImageChops

if TYPE_CHECKING:
    from collections.abc import Iterator

CENTRE = 0.6
"""The share of the width and height in the view of the centre."""

BORDER_TOLERANCE = 12
"""How far, out of 255, a border may differ from the colour of the corner."""


def views(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the complete picture, its three turns, its four halves, its centre, and it without a uniform border."""
    yield image
    for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270):
        yield image.transpose(turn)
    width, height = image.size
    half_width, half_height = max(1, width // 2), max(1, height // 2)
    yield image.crop((0, 0, half_width, height))
    yield image.crop((width - half_width, 0, width, height))
    yield image.crop((0, 0, width, half_height))
    yield image.crop((0, height - half_height, width, height))
    left, top = int(width * (1 - CENTRE) / 2), int(height * (1 - CENTRE) / 2)
    yield image.crop((left, top, width - left, height - top))
    yield trimmed(image)


def trimmed(image: Image.Image) -> Image.Image:
    """Return the picture without a border in the colour of its corner. A single-coloured picture stays as it is."""
    corner = Image.new("RGB", image.size, image.getpixel((0, 0)))
    difference = ImageChops.difference(image, corner).convert("L")
    box = difference.point(lambda value: 255 * (value > BORDER_TOLERANCE)).getbbox()
    return image.crop(box) if box else image
