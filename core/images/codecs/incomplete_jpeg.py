"""Decodes a JPEG file whose end is missing, for example after an aborted copy or on a recovered memory card.

Nearly all of the picture may be there, and every image viewer shows it.
"""

from __future__ import annotations

import io
from dataclasses import replace

import numpy as np
from PIL import Image

from core.errors import DecodeError
from core.images.rendering import Decoded, render

LEAST_ROWS = 0.9
"""A picture with a smaller share of its rows is damaged."""

_END = b"\xff\xd9"
_ZEROS = bytes(64)
_MISSING = (127, 128)  # the values that the decoder gives a missing part, in every colour mode


def is_filled_up(data: bytes) -> bool:
    """Return whether zeros replace the end of a JPEG file, as in recovered files. Decoded, they would become noise."""
    return data.endswith(_ZEROS) and not data.rstrip(b"\0").endswith(_END)


def render_incomplete_jpeg(data: bytes, side: int) -> Decoded:
    """Return what `render` returns for a JPEG file, although its end is missing.

    Of a progressive JPEG, all rows appear early and become sharper until the end.

    Raises:
        DecodeError: More than a tenth of the rows is missing.
    """
    completed = data.rstrip(b"\0") + _END
    with _open(completed) as image:
        image.draft("RGB", (1, 1))  # one pixel per block of 8 x 8
        if _rows(image) < LEAST_ROWS:
            raise DecodeError("The file is damaged because its end is missing.")
    with _open(completed) as image:
        return replace(render(image, side), is_incomplete=True)


def _open(data: bytes) -> Image.Image:
    return Image.open(io.BytesIO(data), formats=["JPEG"])


def _rows(image: Image.Image) -> float:
    """Return the share of the rows that is there, from the top to the last that is not entirely grey."""
    pixels = np.asarray(image).reshape(image.height, -1)
    is_there = ((pixels < _MISSING[0]) | (pixels > _MISSING[1])).any(axis=1)
    return (int(np.flatnonzero(is_there).max(initial=-1)) + 1) / image.height
