"""Tells in what two versions of a picture differ."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.types import Edit

if TYPE_CHECKING:
    from core.images.matching.alignment import Alignment, Transform
    from core.images.matching.local_features import LocalFeatures
    from core.types import Pixels

Mask: TypeAlias = NDArray[np.bool_]

TURNED = 3.0
"""A smaller angle, in degrees, may come from the positions of few features."""

WHOLE = 0.92
"""The share of a picture that counts as all of it: a slight turn cuts off the corners."""

RECOLOURED = 20.0
"""How much, from 0 to 255, most pixels differ at least. Strong JPEG compression changes them by 5."""

BLOCK = 6
"""The side, in pixels, of the blocks in which pictures are compared."""

PLAIN = 3.0
"""A block whose grey levels deviate less shows nothing that could be compared."""

MOST = 0.8

EDGE = 24.0
EDGE_RATIO = 2.5
"""A frame begins with an edge: neighbouring pixels differ by this, and by so many times more than elsewhere."""


def edits(
    query: LocalFeatures, photo: LocalFeatures, alignment: Alignment, shares: tuple[float, float], *, is_mirrored: bool
) -> tuple[Edit, ...]:
    """Return how two versions of a picture differ.

    `shares` are the shares of the query and of the photo that the other one shows.
    """
    to_photo = _scaled(query, photo, alignment)
    found = {
        Edit.MIRRORED: is_mirrored,
        Edit.TURNED: abs(alignment.turn) >= TURNED,
        Edit.RECOLOURED: _colour_difference(query.colours, photo.colours, to_photo) >= RECOLOURED,
    }
    if min(shares) < WHOLE:
        if shares[0] < shares[1]:
            outer, inside = query.colours, _inside(query.colours, photo.colours, to_photo)
        else:
            outer, inside = photo.colours, _inside(photo.colours, query.colours, _inverse(to_photo))
        found[Edit.FRAMED if _has_edge(outer, inside) else Edit.CROPPED] = True
    return tuple(edit for edit in Edit if found.get(edit))


def agreement(query: LocalFeatures, photo: LocalFeatures, alignment: Alignment) -> float:
    """Return how alike both pictures are where they overlap: the correlation, at most 1, that most blocks reach.

    Other colours and brightness hardly change it. Different pictures in the same frame have a low one.
    """
    to_photo = _scaled(query, photo, alignment)
    inside = _inside(query.colours, photo.colours, to_photo, 255)
    pictures = [query.colours.mean(axis=2), _warped(photo.colours, query.colours, to_photo).mean(axis=2)]
    found = []
    for top in range(0, len(inside) - BLOCK + 1, BLOCK):
        for left in range(0, inside.shape[1] - BLOCK + 1, BLOCK):
            block = slice(top, top + BLOCK), slice(left, left + BLOCK)
            blocks = [picture[block].ravel() for picture in pictures]
            deviations = [each.std() for each in blocks]
            if inside[block].all() and max(deviations) > PLAIN:
                found.append(np.corrcoef(blocks)[0, 1] if min(deviations) > 0 else 0.0)
    return float(np.quantile(found, 1 - MOST)) if found else 1.0


def _scaled(query: LocalFeatures, photo: LocalFeatures, alignment: Alignment) -> Transform:
    """Return the transform between the small pictures with the colours."""
    in_query, in_photo = (
        max(picture.colours.shape[:2]) / max(picture.width, picture.height) for picture in (query, photo)
    )
    linear = alignment.transform[:, :2] * (in_photo / in_query)
    # The centre of the first pixel is at 0.
    shift = alignment.transform[:, 2] * in_photo + linear.sum(axis=1) / 2 - 0.5
    return np.column_stack([linear, shift])


def _inverse(transform: Transform) -> Transform:
    import cv2

    return np.asarray(cv2.invertAffineTransform(transform), np.float64)


def _warped(picture: Pixels | NDArray[np.uint8], onto: Pixels, transform: Transform) -> NDArray[np.uint8]:
    """Return a picture as seen from another one. `transform` leads from that one to the picture."""
    import cv2

    height, width = onto.shape[:2]
    flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
    return np.asarray(cv2.warpAffine(picture, transform, (width, height), flags=flags), np.uint8)


def _inside(outer: Pixels, inner: Pixels, transform: Transform, least: int = 128) -> Mask:
    """Return the pixels of a picture that another one covers by at least `least` of 255."""
    return _warped(np.full(inner.shape[:2], 255, np.uint8), outer, transform) >= least


def _colour_difference(query: Pixels, photo: Pixels, transform: Transform) -> float:
    """Return the median difference of the pixels that both pictures show."""
    inside = _inside(query, photo, transform, 255)
    difference = np.abs(query.astype(np.int16) - _warped(photo, query, transform)).max(axis=2)
    return float(np.median(difference[inside])) if inside.any() else 0.0


def _has_edge(picture: Pixels, inside: Mask) -> bool:
    """Return whether a picture has an edge around a part, as a frame, a screen or a collage has."""
    levels = picture.astype(np.int16)
    steps = [np.abs(np.diff(levels, axis=axis)).max(axis=2) for axis in (0, 1)]
    is_edge = [np.diff(inside, axis=axis) for axis in (0, 1)]
    on_edge = np.concatenate([step[edge] for step, edge in zip(steps, is_edge, strict=True)])
    elsewhere = np.concatenate([step[~edge] for step, edge in zip(steps, is_edge, strict=True)])
    if not len(on_edge) or not len(elsewhere):
        return False
    return bool(np.median(on_edge) >= max(EDGE, EDGE_RATIO * np.median(elsewhere)))
