"""Suggests which of several duplicates to keep."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from core.types import Advantage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.catalog.pairs import RelatedPair
    from core.types import Photo

LOSSLESS = frozenset({".bmp", ".png", ".tif", ".tiff"})
LOSSY = frozenset({".avif", ".heic", ".heif", ".hif", ".jpe", ".jpeg", ".jpg", ".jxl", ".webp"})
"""Neither are RAW files, which come before both."""


class Extents:
    """What is known of how much the versions of a picture show."""

    def __init__(self) -> None:
        self._framed: set[bytes] = set()
        self._common: set[bytes] = set()
        self._partial: set[bytes] = set()

    def add(self, pair: RelatedPair) -> None:
        """Add two versions of a picture."""
        (self._common if pair.outer is None else self._partial).update((pair.first, pair.second))
        if pair.outer and pair.is_framed:
            self._framed.add(pair.outer)

    def edits(self, content: bytes) -> int:
        """Return more for a version with a frame, and for one that shows more or less than all others.

        A crop shows less than the original, and a collage more.
        """
        return 2 * (content in self._framed) + (content in self._partial and content not in self._common)


def best_first(photos: Sequence[Photo], extents: Extents) -> tuple[tuple[Photo, ...], Advantage]:
    """Return the photos with the best one first and the others by path, and its first advantage over any other one.

    A picture with the camera's tags was edited least. A screenshot of it may have more pixels.
    """
    best = min(photos, key=lambda photo: tuple(_merits(photo, extents).values()))
    merits, others = _merits(best, extents), [_merits(photo, extents) for photo in photos]
    advantage = next(name for name in merits if any(other[name] != merits[name] for other in others))
    rest = sorted((photo for photo in photos if photo is not best), key=lambda photo: photo.path)
    return (best, *rest), advantage


def _merits(photo: Photo, extents: Extents) -> dict[Advantage, tuple[float, str]]:
    """Return what counts, most important first. Lower is better."""
    taken_at, path = photo.metadata.taken_at, str(photo.path)
    return {
        Advantage.CAMERA_TAGS: (-(photo.metadata.camera is not None), ""),
        Advantage.UNEDITED: (extents.edits(photo.content), ""),
        Advantage.PIXELS: (-(photo.width or 0) * (photo.height or 0), ""),
        Advantage.FORMAT: (_losses(photo.path.suffix.lower()), ""),
        Advantage.BYTES: (-(photo.size or 0), ""),
        Advantage.DATE: (math.inf if taken_at is None else taken_at, ""),
        Advantage.PATH: (len(path), path),
    }


def _losses(extension: str) -> int:
    if extension in LOSSY:
        return 2
    return 1 if extension in LOSSLESS else 0
