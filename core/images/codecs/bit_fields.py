"""Decodes BMP files whose colours are bit fields of any position and width. Pillow reads only some of these layouts."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from core.images.rendering import MAX_PIXELS, Decoded, check_size, render

if TYPE_CHECKING:
    import numpy.typing as npt

    from core.types import Pixels

_SIGNATURE = b"BM"
_BITS = (16, 32)
_BIT_FIELDS = (3, 6)
_HEADER_WITH_ALPHA = 56
_MASKS_AT, _MASKS_END = 54, 70


def has_bit_fields(data: bytes) -> bool:
    """Return whether a file is a BMP with bit fields that its header describes."""
    if len(data) < _MASKS_END or not data.startswith(_SIGNATURE):
        return False
    bits, compression = struct.unpack_from("<HI", data, 28)
    has_masks = any(struct.unpack_from("<3I", data, _MASKS_AT))
    return bits in _BITS and compression in _BIT_FIELDS and has_masks


def render_bit_fields(data: bytes, side: int) -> Decoded:
    """Return the picture in RGB. Shrinking never makes its shorter side shorter than `side` pixels.

    Raises:
        DecodeError: The picture is too large.
        EOFError: The end of the file is missing.
        ValueError: The file is damaged.
    """
    start, header, width, height, bits, compression = struct.unpack_from("<IIii2xHI", data, 10)
    if width <= 0 or height == 0:
        raise ValueError("The size is not positive")
    check_size(width, abs(height), MAX_PIXELS)
    length = (width * bits + 31) // 32 * 4
    if len(data) < start + length * abs(height):
        raise EOFError
    rows = np.frombuffer(data, np.uint8, length * abs(height), start).reshape(abs(height), length)
    values = rows[:, : width * bits // 8].copy().view(f"<u{bits // 8}")
    red, green, blue, alpha = struct.unpack_from("<4I", data, _MASKS_AT)
    channels = [_channel(values, mask) for mask in (red, green, blue)]
    if alpha and (header >= _HEADER_WITH_ALPHA or compression == _BIT_FIELDS[1]):
        opacity = _channel(values, alpha)
        # Many programs leave the alpha of an opaque picture at zero.
        channels += [opacity] if opacity.any() else []
    # The first row is the lowest, unless the height is negative.
    return render(Image.fromarray(np.dstack(channels)[:: -1 if height > 0 else 1]), side)


def _channel(values: npt.NDArray[np.unsignedinteger], mask: int) -> Pixels:
    """Return the part of each value that the mask selects, scaled to 8 bits."""
    share = (values & values.dtype.type(mask)).astype(np.float32) / max(1, mask)
    return np.round(share * 255).astype(np.uint8)
