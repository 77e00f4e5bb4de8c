"""Finds the similarity transform that brings the local features of two pictures together."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.images.matching.local_features import SIDE

if TYPE_CHECKING:
    from core.images.matching.local_features import Descriptors, LocalFeatures, Points

Transform: TypeAlias = NDArray[np.float64]
"""(2, 3) float64: turns, scales and moves a point (x, y, 1) of the query to the photo."""

RATIO = 0.8
"""The closest descriptor must be closer than this share of the distance to the second closest one."""

TOLERANCE = SIDE / 60
"""How far, in pixels, a point may be from where the transform expects it."""

ITERATIONS = 1000
CONFIDENCE = 0.99

FEWEST = 4
"""Two points determine a transform, so that fewer than this say nothing."""


@dataclass(frozen=True, slots=True, eq=False)
class Alignment:
    """How a query picture lies in a photo, according to the `inliers` of all `matched` features.

    `transform` leads from the query to the photo, and `error` is the root mean square of what it misses them by, in
    pixels of the coarser picture.
    """

    transform: Transform
    query_points: Points
    photo_points: Points
    matched: int
    error: float

    @property
    def inliers(self) -> int:
        """Return the number of features that agree."""
        return len(self.query_points)

    @property
    def scale(self) -> float:
        """Return how many pixels of the photo a pixel of the query is wide."""
        return float(np.hypot(self.transform[0, 0], self.transform[1, 0]))

    @property
    def turn(self) -> float:
        """Return the clockwise angle in degrees, from -180 to 180, by which the query is turned to become the photo."""
        return float(np.degrees(np.arctan2(self.transform[1, 0], self.transform[0, 0])))


def align(query: LocalFeatures, photo: LocalFeatures) -> Alignment | None:
    """Return how the query lies in the photo, or None if too few features agree."""
    in_query, in_photo = one_to_one(query.descriptors, photo.descriptors)
    if len(in_query) < FEWEST:
        return None
    import cv2

    query_points, photo_points = query.points[in_query], photo.points[in_photo]
    estimate, mask = cv2.estimateAffinePartial2D(
        query_points,
        photo_points,
        method=cv2.RANSAC,
        ransacReprojThreshold=TOLERANCE,
        maxIters=ITERATIONS,
        confidence=CONFIDENCE,
    )
    if estimate is None or not (agree := mask.ravel().astype(bool)).any():
        return None
    transform = np.asarray(estimate, np.float64)
    query_points, photo_points = query_points[agree], photo_points[agree]
    misses = query_points @ transform[:, :2].T + transform[:, 2] - photo_points
    scale = max(1.0, float(np.hypot(transform[0, 0], transform[1, 0])))
    error = float(np.sqrt(np.square(misses).sum(axis=1).mean())) / scale
    return Alignment(transform, query_points, photo_points, len(in_query), error)


def one_to_one(query: Descriptors, photo: Descriptors) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Return the indices of the matching descriptors in both pictures.

    Each is the closest of the photo, by far. Of several that match the same one, as those of text or foliage do, only
    the closest stays.
    """
    if not len(query) or len(photo) <= 1:
        return np.empty(0, np.intp), np.empty(0, np.intp)
    similarity = query @ photo.T
    rows = np.arange(len(query))
    closest = similarity.argmax(axis=1)
    best = similarity[rows, closest]
    similarity[rows, closest] = -1
    second = similarity.max(axis=1)
    # The squared distance of vectors of unit norm is 2 - 2 * similarity.
    clear = np.flatnonzero(1 - best < RATIO**2 * (1 - second))
    by_similarity = clear[np.argsort(-best[clear], kind="stable")]
    _, first = np.unique(closest[by_similarity], return_index=True)
    kept = by_similarity[first]
    return kept, closest[kept]
