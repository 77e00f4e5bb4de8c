"""Thumbnails, cached on disk so that a photo is decoded for the screen at most once."""

from __future__ import annotations

import io
import math
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING

from PIL import Image

from core.images.decoder import decode
from core.images.formats import formats
from core.images.heif_preview import decode_embedded_preview
from core.images.photo_cache import Kind, PhotoCache, state_of
from core.images.rendering import DRAFT_MARGIN

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

QUALITY = 85

STORED_SIDE = 320
"""The least length of the longer side of a thumbnail that indexing stores, unless the photo is smaller.

Smaller thumbnails are made from the stored one, and larger ones from the photo. Local features need this size.
"""


ENLARGEMENT = 1.25
"""How much the embedded preview of a HEIC photo is enlarged at most.

On a screen with large pixels, the window asks for 384 pixels. Phones embed 320, and decoding the picture takes many
times as long.
"""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG that fits into a square of `side` pixels, and the state of its photo (see `state_of`)."""

    data: bytes
    side: int
    state: bytes


@dataclass(frozen=True, slots=True)
class ThumbnailFiles:
    """The thumbnails in a folder, as in `PhotoCache`."""

    folder: Path

    def read(self, photo: Path) -> Thumbnail | None:
        """Return the thumbnail of a photo, or None if there is none."""
        if stored := PhotoCache(self.folder).read(photo, Kind.THUMBNAIL):
            data, line = stored
            state, _, side = line.rpartition(b" ")
            with suppress(ValueError):
                return Thumbnail(data, int(side), state)
        return None

    def write(self, photo: Path, thumbnail: Thumbnail) -> None:
        """Store a thumbnail and replace the previous one. Errors are ignored, because the cache only saves time."""
        line = b"%b %d" % (thumbnail.state, thumbnail.side)
        PhotoCache(self.folder).write(photo, Kind.THUMBNAIL, thumbnail.data, line)

    def forget(self, photos: Iterable[Path]) -> None:
        """Delete the thumbnails of photos, and whatever else is stored with them."""
        PhotoCache(self.folder).forget(photos)


class ThumbnailCache:
    """Makes thumbnails and stores them for the next time. Several threads may use it."""

    def __init__(self, files: ThumbnailFiles, make: Callable[[Path | bytes, int], bytes]) -> None:
        """Store thumbnails in `files`. `make` gets a photo or a picture's bytes, and the side in pixels."""
        self._files, self._make = files, make

    def get(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels.

        If the photo cannot be reached, for example on an unplugged drive, the latest stored thumbnail is returned.

        Raises:
            DecodeError: The photo cannot be read.
        """
        state = state_of(photo)
        stored = self._files.read(photo)
        if stored and stored.state == (state or stored.state):
            if stored.side > side:
                return self._make(stored.data, side)
            if stored.side == side or not state:
                return stored.data
        data = self._make(photo, side)
        self._files.write(photo, Thumbnail(data, side, state))
        return data

    def state(self, photo: Path) -> bytes:
        """Return the state of the photo that its stored thumbnail was made from, or b"" if there is none."""
        stored = self._files.read(photo)
        return stored.state if stored else b""

    def at_least(self, photo: Path, side: int) -> bytes:
        """Return the stored JPEG of the photo if it fits into a square of `side` pixels or a larger one, or as `get`.

        Raises:
            DecodeError: The photo cannot be read.
        """
        stored = self._files.read(photo)
        if stored and stored.side >= side and stored.state == state_of(photo):
            return stored.data
        return self.get(photo, side)


def make_thumbnail(data: bytes, side: int) -> bytes:
    """Return a JPEG, at most `side` pixels wide and high, from the bytes of a picture.

    It is made from the embedded preview of a HEIC file if that is nearly large enough.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    image = _from_preview(data, side) or decode(data, _shorter_side(data, side)).image
    image.thumbnail((side, side))
    return _as_jpeg(image)


def _shorter_side(data: bytes, side: int) -> int:
    """Return how long the shorter side must be, so that the picture nearly fills a square of `side` pixels.

    A decoder that shrinks has a margin, and the embedded preview of a RAW file may be enlarged a little.
    """
    with suppress(Exception), Image.open(io.BytesIO(data), formats=formats()) as image:
        return math.ceil(side * min(image.size) / max(image.size) / min(DRAFT_MARGIN, ENLARGEMENT))
    return side


def _from_preview(data: bytes, side: int) -> Image.Image | None:
    """Return the embedded preview, enlarged to `side` pixels if it is a little smaller, or None if it is too small."""
    preview = decode_embedded_preview(data, math.ceil(side / ENLARGEMENT))
    if preview is None:
        return None
    scale = min(side, max(preview.width, preview.height)) / max(preview.image.size)
    if scale <= 1:
        return preview.image
    return preview.image.resize([round(length * scale) for length in preview.image.size])


def stored_thumbnail(image: Image.Image, state: bytes) -> Thumbnail:
    """Return the thumbnail to store for a photo that indexing has decoded. `state` comes from `state_of`."""
    # Averaging blocks of pixels takes a third of the time of a resampling filter, and looks the same at this size.
    small = image.reduce(max(1, max(image.size) // STORED_SIDE))
    return Thumbnail(_as_jpeg(small), max(small.size), state)


def _as_jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
