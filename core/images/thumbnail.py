"""Thumbnails, kept on disk so that a photo is decoded for the screen only once, or not at all."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from core.images.decoder import decode

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from PIL import Image

QUALITY = 85

KEPT_SIDE = 240
"""Thumbnails that indexing keeps are as long or longer. Of these smaller ones are made, of the photo larger ones."""


@dataclass(frozen=True, slots=True)
class Thumbnail:
    """A JPEG that fits into a square of `side` pixels, and the state of the photo that it shows."""

    data: bytes
    side: int
    state: bytes


@dataclass(frozen=True, slots=True)
class ThumbnailFiles:
    """Thumbnails in a folder, which need not exist yet: one file for each photo. May be used by several processes.

    After the JPEG a file has a line with the state of the photo and the side, so that half a file is noticed.
    """

    folder: Path

    def read(self, photo: Path) -> Thumbnail | None:
        """Return the thumbnail of a photo, if there is one."""
        with suppress(OSError, ValueError):
            data, _, line = self._file(photo).read_bytes().rpartition(b"\n")
            state, _, side = line.rpartition(b" ")
            if data:
                return Thumbnail(data, int(side), state)
        return None

    def write(self, photo: Path, thumbnail: Thumbnail) -> None:
        """Keep a thumbnail in place of the one before. Where that fails the program is slower, and no less right."""
        file, line = self._file(photo), b"%b %d" % (thumbnail.state, thumbnail.side)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=file.parent)
            try:
                with os.fdopen(handle, "wb") as target:
                    target.write(thumbnail.data + b"\n" + line)
                Path(draft).replace(file)
            except OSError:
                Path(draft).unlink(missing_ok=True)
                raise

    def forget(self, photos: Iterable[Path]) -> None:
        """Delete the thumbnails of photos."""
        for photo in photos:
            with suppress(OSError):
                self._file(photo).unlink()

    def _file(self, photo: Path) -> Path:
        name = hashlib.blake2b(os.fsencode(photo), digest_size=16).hexdigest()
        return self.folder / name[:2] / f"{name}.jpg"


class ThumbnailCache:
    """Makes thumbnails, and keeps them. May be used from several threads."""

    def __init__(self, files: ThumbnailFiles, make: Callable[[Path | bytes, int], bytes]) -> None:
        """Keep them in these files. `make` makes one of a photo, or of a picture's bytes, of at most so many pixels."""
        self._files, self._make = files, make

    def get(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels.

        Of a photo that is away, as on a drive that is not plugged in, it is the last one that was made.

        Raises:
            DecodeError: The photo cannot be read.
        """
        state = state_of(photo)
        kept = self._files.read(photo)
        if kept and kept.state == (state or kept.state):
            if kept.side > side:
                return self._make(kept.data, side)
            if kept.side == side or not state:
                return kept.data
        data = self._make(photo, side)
        self._files.write(photo, Thumbnail(data, side, state))
        return data


def state_of(photo: Path) -> bytes:
    """Return what changes with a photo, or nothing where the photo is away."""
    try:
        status = photo.stat()
    except OSError:
        return b""
    return b"%d %d" % (status.st_size, status.st_mtime_ns)


def make_thumbnail(data: bytes, side: int) -> bytes:
    """Return a JPEG, at most `side` pixels wide and high, of the bytes of a picture.

    Raises:
        DecodeError: It is not a picture.
    """
    image = decode(data, side).image
    image.thumbnail((side, side))
    return _as_jpeg(image)


def kept_thumbnail(image: Image.Image, state: bytes) -> Thumbnail:
    """Return the thumbnail that is kept of a photo in some state, which was decoded for another purpose."""
    # Averaging whole pixels takes a third of the time that a filter takes, and at this size looks the same.
    small = image.reduce(max(1, max(image.size) // KEPT_SIDE))
    return Thumbnail(_as_jpeg(small), max(small.size), state)


def _as_jpeg(image: Image.Image) -> bytes:
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()
