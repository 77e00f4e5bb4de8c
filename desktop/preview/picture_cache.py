"""Keeps decoded pictures in a limited amount of memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path

    from PySide6.QtGui import QImage

MAX_BYTES = 256 << 20
"""Enough for six pictures on a screen of 3840 x 2160, or for one of 60 megapixels and a small one."""


class PictureRequest(NamedTuple):
    """A picture, and the length in pixels that its longer side needs, unless the picture is smaller."""

    source: Path | bytes
    side: int


class PictureCache:
    """The pictures that were used last, each in one or more sizes."""

    def __init__(self, max_bytes: int = MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._images: OrderedDict[PictureRequest, QImage] = OrderedDict()

    def put(self, request: PictureRequest, image: QImage, wanted: Collection[PictureRequest]) -> None:
        """Keep the picture that a request was answered with. If there are too many, drop the oldest that is not wanted.

        All that is wanted at the same time is kept, however large, or it would be decoded again and again.
        """
        self._images[request] = image
        self._images.move_to_end(request)
        total = sum(kept.sizeInBytes() for kept in self._images.values())
        for old in [kept for kept in self._images if kept not in wanted]:
            if total <= self._max_bytes:
                return
            total -= self._images.pop(old).sizeInBytes()

    def best(self, request: PictureRequest) -> QImage | None:
        """Return the smallest picture that is large enough, or else the largest one, or None if there is none."""
        sizes = sorted(kept.side for kept in self._images if kept.source == request.source)
        if not sizes:
            return None
        found = PictureRequest(request.source, next((side for side in sizes if side >= request.side), sizes[-1]))
        self._images.move_to_end(found)
        return self._images[found]

    def satisfies(self, request: PictureRequest) -> bool:
        """Return whether there is a picture that is as large as requested, or as the file has it."""
        return any(
            kept.source == request.source and (kept.side >= request.side or _is_complete(kept, image))
            for kept, image in self._images.items()
        )

    def clear(self) -> None:
        """Drop all pictures."""
        self._images.clear()


def _is_complete(request: PictureRequest, image: QImage) -> bool:
    return max(image.width(), image.height()) < request.side
