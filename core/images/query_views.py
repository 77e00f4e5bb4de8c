"""The query views of a picture. An edited copy of a photo often resembles the original more in one of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray
from PIL import Image

if TYPE_CHECKING:
    from collections.abc import Iterator

Mask: TypeAlias = NDArray[np.bool_]
"""(H, W) bool: the pixels of a picture that differ from its background."""

CENTRE = 0.6
"""The share of the width and height in the view of the centre."""

TOLERANCE = 12
"""How far, out of 255, a background may differ from its colour."""

SAMPLE = (64, 64)
"""The size to which a view is shrunk to measure its content, so that noise and dust do not count."""

BLANK = 0.01
"""A picture with a smaller share of content is blank."""

ENOUGH = 0.15
"""A view with a smaller share of content shows little more than background, and would find blank pictures."""

DENSE = 0.35
"""Rows and columns with a smaller share of the content of the fullest one do not belong to a photo: text has less."""

GAP = 0.02
"""How much of the height or width may look like background inside a photo on a page."""


def views(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the complete picture, and then its turns, halves, centre and cut-outs that have enough content."""
    yield image
    content = content_share(image)
    if content < BLANK:
        return
    for turn in (Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_180, Image.Transpose.ROTATE_270):
        yield image.transpose(turn)
    for view in (*_halves(image), _centre(image), *cut_outs(image)):
        if content_share(view) >= min(ENOUGH, content):
            yield view


def content_share(image: Image.Image) -> float:
    """Return the share of a picture that differs from its most common colour, from 0 (blank) to 1."""
    pixels = np.asarray(image.resize(SAMPLE, Image.Resampling.BOX), np.int16)
    return float(_differs(pixels, np.median(pixels, axis=(0, 1))).mean())


def cut_outs(image: Image.Image) -> Iterator[Image.Image]:
    """Yield the picture without its border, and what looks like a photo on a page with text, if that is smaller.

    The page may be the screenshot of a phone, with a clock and buttons in the bars around the photo.
    """
    pixels = np.asarray(image, np.int16)
    mask = _differs(pixels, _background(pixels))
    boxes = dict.fromkeys((_bounding_box(mask), _photo_box(mask)))
    for left, top, right, bottom in boxes:
        yield image.crop((left, top, right, bottom))


def _halves(image: Image.Image) -> Iterator[Image.Image]:
    width, height = image.size
    half_width, half_height = max(1, width // 2), max(1, height // 2)
    yield image.crop((0, 0, half_width, height))
    yield image.crop((width - half_width, 0, width, height))
    yield image.crop((0, 0, width, half_height))
    yield image.crop((0, height - half_height, width, height))


def _centre(image: Image.Image) -> Image.Image:
    width, height = image.size
    left, top = int(width * (1 - CENTRE) / 2), int(height * (1 - CENTRE) / 2)
    return image.crop((left, top, width - left, height - top))


def _differs(pixels: NDArray[np.int16], colour: NDArray[np.floating] | NDArray[np.int16]) -> Mask:
    mask: Mask = (np.abs(pixels - colour) > TOLERANCE).any(axis=-1)
    return mask


def _background(pixels: NDArray[np.int16]) -> NDArray[np.int16]:
    """Return the colour of the corner that most of the edge of a picture has."""
    edge = np.concatenate([pixels[0], pixels[-1], pixels[:, 0], pixels[:, -1]])
    corners = pixels[[0, 0, -1, -1], [0, -1, 0, -1]]
    colour: NDArray[np.int16] = min(corners, key=lambda corner: _differs(edge, corner).mean())
    return colour


def _bounding_box(mask: Mask) -> tuple[int, int, int, int]:
    rows, columns = (np.flatnonzero(mask.any(axis=axis)) for axis in (1, 0))
    if not len(rows):
        return 0, 0, mask.shape[1], mask.shape[0]
    return int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1


def _photo_box(mask: Mask) -> tuple[int, int, int, int]:
    """Return the box around the largest block of full rows and columns."""
    top, bottom = _fullest_run(mask.mean(axis=1))
    left, right = _fullest_run(mask[top:bottom].mean(axis=0))
    top, bottom = _fullest_run(mask[:, left:right].mean(axis=1))  # now without what is beside the photo
    return left, top, right, bottom


def _fullest_run(shares: NDArray[np.floating]) -> tuple[int, int]:
    """Return the begin and end of the run of rows or columns with the most content, given the share of each."""
    full = np.flatnonzero(shares >= DENSE * shares.max())
    breaks = np.flatnonzero(np.diff(full) > 1 + GAP * len(shares)) + 1
    runs = [(int(run[0]), int(run[-1]) + 1) for run in np.split(full, breaks)]
    return max(runs, key=lambda run: shares[run[0] : run[1]].sum())
