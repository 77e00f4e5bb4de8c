"""JPEG XL, which Pillow does not read."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PIL import Image

from core.images.rendering import MAX_PIXELS, Decoded, check_size, render

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

UPRIGHT = 1
_TAGS = {"exif": "exif", "icc": "icc_profile"}


def render_jpeg_xl(data: bytes, side: int) -> Decoded:
    """Return the picture upright, in sRGB, its shorter side at least `side` if it was; of several frames, the first.

    Raises:
        DecodeError: It is too large.
    """
    import pylibjxl  # here, so that only who has such files waits for it

    about = pylibjxl.probe(data)
    check_size(about["width"], about["height"], MAX_PIXELS)
    tags: dict[str, bytes] = {}
    pixels: npt.NDArray[np.uint8]
    if about["have_animation"]:
        pixels = pylibjxl.decode(data)  # with its tags it would show the last frame
    else:
        pixels, tags = pylibjxl.decode(data, metadata=True)
    image = Image.fromarray(pixels)
    image.info |= {name: tags[key] for key, name in _TAGS.items() if key in tags}
    # The decoder has turned it, and left the tag that says how as it was.
    return render(image, side, UPRIGHT)
