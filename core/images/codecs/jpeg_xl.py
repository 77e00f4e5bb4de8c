"""Decodes JPEG XL, which Pillow does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from core.images.rendering import MAX_PIXELS, Decoded, check_size, render

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UPRIGHT = 1
_TAGS = {"exif": "exif", "xmp": "xmp", "icc": "icc_profile"}


def render_jpeg_xl(data: bytes, side: int) -> Decoded:
    """Return the picture upright and in sRGB. Of several frames, the first is decoded.

    Shrinking never makes the shorter side shorter than `side` pixels.

    Raises:
        DecodeError: The picture is too large.
    """
    import pylibjxl  # imported here, because only JPEG XL files need it

    header = pylibjxl.probe(data)
    check_size(header["width"], header["height"], MAX_PIXELS)
    tags: dict[str, bytes] = {}
    pixels: npt.NDArray[np.uint8]
    if header["have_animation"]:
        pixels = pylibjxl.decode(data)  # with `metadata=True` it returns the last frame
    else:
        pixels, tags = pylibjxl.decode(data, metadata=True)
    image = Image.fromarray(pixels)
    image.info |= {name: tags[key] for key, name in _TAGS.items() if key in tags}
    # The decoder has already rotated the picture, but left the orientation tag unchanged.
    return render(image, side, UPRIGHT)
