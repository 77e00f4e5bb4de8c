"""Tells whether a query picture and a photo are the same picture or show the same place, and where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.images.matching.alignment import align
from core.images.matching.edits import agreement, edits
from core.types import Box, MatchKind, SharedScene

if TYPE_CHECKING:
    from core.images.matching.alignment import Alignment, Transform
    from core.images.matching.local_features import LocalFeatures

Outline: TypeAlias = NDArray[np.float32]
"""(N, 2) float32: the corners of a convex polygon, in pixels."""

CERTAIN = 12
"""In 98 of 100 photos with at least this many inliers, the place is the same."""

CLEAR = 30
"""With fewer inliers, the mirrored picture may fit better."""

SMALLEST_PART = 0.1
"""The least share of either picture that the inliers surround. Captions, dates and logos are smaller."""

SAME_PLACE_AGREEMENT = 0.2
SAME_PICTURE_AGREEMENT = 0.45
"""The least `agreement` of the pictures. Two screenshots of one program with different photos in it stay below."""

SAME_PICTURE_SHARE = 0.6
"""The least share of matched features that agree in two versions of a picture."""

SAME_PICTURE_ERRORS = ((0.95, 1.3), (0.85, 0.6))
"""The largest errors of two versions of a picture, in pixels, and the share of either one that must lie in the other.

Another photo of the same place has an error above 1.4, because its camera stood somewhere else, or shows other parts.
"""


@dataclass(frozen=True, slots=True)
class Comparison:
    """The number of local features that agree, and what both pictures show if that is certain.

    Features of a caption that different pictures share do not count, and those of a program around them count little.
    """

    inliers: int
    shared: SharedScene | None


def compare(query: LocalFeatures, photo: LocalFeatures, *, tries_mirrored: bool) -> Comparison:
    """Compare a query with a photo, and with `tries_mirrored` also its mirror image if it does not clearly fit."""
    alignment, is_mirrored = align(query, photo), False
    inliers = alignment.inliers if alignment else 0
    if tries_mirrored and inliers < CLEAR:
        mirrored = query.mirrored()
        other = align(mirrored, photo)
        if other and other.inliers >= CERTAIN and other.inliers > inliers:
            query, alignment, is_mirrored, inliers = mirrored, other, True, other.inliers
    if alignment is None or inliers < CERTAIN:
        return Comparison(inliers, None)
    if _surrounded(query, photo, alignment) < SMALLEST_PART:
        return Comparison(0, None)
    alike = agreement(query, photo, alignment)
    if alike < SAME_PLACE_AGREEMENT:
        return Comparison(CERTAIN - 1, None)
    return Comparison(inliers, _shared(query, photo, alignment, alike, is_mirrored=is_mirrored))


def _surrounded(query: LocalFeatures, photo: LocalFeatures, alignment: Alignment) -> float:
    """Return the share of either picture inside the hull of the inliers, whichever is larger."""
    import cv2

    hulls = (cv2.convexHull(points) for points in (alignment.query_points, alignment.photo_points))
    return max(_share(picture, np.asarray(hull)) for picture, hull in zip((query, photo), hulls, strict=True))


def _shared(
    query: LocalFeatures, photo: LocalFeatures, alignment: Alignment, alike: float, *, is_mirrored: bool
) -> SharedScene:
    in_query = _overlap(query, photo, alignment)
    in_photo = _mapped(in_query, alignment.transform)
    shares = _share(query, in_query), _share(photo, in_photo)
    if alike >= SAME_PICTURE_AGREEMENT and is_same_picture(alignment, max(shares)):
        kind, found = MatchKind.SAME_PICTURE, edits(query, photo, alignment, shares, is_mirrored=is_mirrored)
    else:
        kind, found = MatchKind.SAME_PLACE, ()
        in_query, in_photo = alignment.query_points, alignment.photo_points
    query_region = _box(query, in_query)
    return SharedScene(
        kind, found, _mirrored(query_region) if is_mirrored else query_region, _box(photo, in_photo), alignment.inliers
    )


def is_same_picture(alignment: Alignment, contained: float) -> bool:
    """Return whether two pictures are versions of one. `contained` is the share of either one that the other shows."""
    return alignment.inliers >= SAME_PICTURE_SHARE * alignment.matched and any(
        contained >= share and alignment.error <= error for share, error in SAME_PICTURE_ERRORS
    )


def _overlap(query: LocalFeatures, photo: LocalFeatures, alignment: Alignment) -> Outline:
    """Return the part of the query that the photo shows too."""
    import cv2

    to_query = np.asarray(cv2.invertAffineTransform(alignment.transform), np.float64)
    return _clipped(_mapped(_frame(photo), to_query), query.width, query.height)


def _clipped(outline: Outline, width: int, height: int) -> Outline:
    """Return the part of a convex polygon inside a picture. OpenCV finds none if both are the same rectangle."""
    for axis, limit, direction in ((0, 0, 1), (0, width, -1), (1, 0, 1), (1, height, -1)):
        kept: list[Outline] = []
        depths = (outline[:, axis] - limit) * direction
        for number, (corner, depth) in enumerate(zip(outline, depths, strict=True)):
            if depth >= 0:
                kept.append(corner)
            previous, previous_depth = outline[number - 1], depths[number - 1]
            if (depth < 0) != (previous_depth < 0):
                crossing = previous + (corner - previous) * (previous_depth / (previous_depth - depth))
                kept.insert(len(kept) - (depth >= 0), crossing)
        outline = np.asarray(kept, np.float32).reshape(-1, 2)
    return outline


def _frame(picture: LocalFeatures) -> Outline:
    width, height = picture.width, picture.height
    return np.array([(0, 0), (width, 0), (width, height), (0, height)], np.float32)


def _mapped(outline: Outline, transform: Transform) -> Outline:
    return (outline @ transform[:, :2].T + transform[:, 2]).astype(np.float32)


def _share(picture: LocalFeatures, outline: Outline) -> float:
    import cv2

    return float(cv2.contourArea(outline)) / (picture.width * picture.height) if len(outline) else 0.0


def _box(picture: LocalFeatures, outline: Outline) -> Box:
    """Return the part of a picture around an outline, at least one pixel of it."""
    size = np.array([picture.width, picture.height])
    start = np.clip(outline.min(axis=0) / size, 0, 1 - 1 / size)
    end = np.clip(outline.max(axis=0) / size, start + 1 / size, 1)
    (left, top), (width, height) = start.tolist(), (end - start).tolist()
    return Box(left, top, width, height)


def _mirrored(box: Box) -> Box:
    return Box(max(0.0, 1 - box.left - box.width), box.top, box.width, box.height)
