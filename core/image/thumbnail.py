"""Thumbnails, kept on disk so that a photo is decoded for the screen only once."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from core.image.decoder import decode

if TYPE_CHECKING:
    from collections.abc import Callable

QUALITY = 85


class ThumbnailCache:
    """Thumbnails in a folder, one file each. May be used from several threads.

    After the JPEG a file has a line with the state of the photo that it shows, so that a changed photo gets a new one.
    """

    def __init__(self, folder: Path, make: Callable[[Path, int], bytes]) -> None:
        """Use a folder, which need not exist yet. `make` makes the thumbnail of a photo, of at most so many pixels."""
        self._folder, self._make = folder, make

    def get(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels.

        Of a photo that is away, as on a drive that is not plugged in, it is the last one that was made.

        Raises:
            DecodeError: The photo cannot be read.
        """
        file, state = self._file(photo, side), _state(photo)
        with suppress(OSError):
            kept, _, kept_state = file.read_bytes().rpartition(b"\n")
            if kept and (kept_state == state or not state):
                return kept
        data = self._make(photo, side)
        # A cache that cannot be written makes the program slower, no less right.
        with suppress(OSError):
            _write(file, data + b"\n" + state)
        return data

    def _file(self, photo: Path, side: int) -> Path:
        name = hashlib.blake2b(os.fsencode(photo) + b"\0%d" % side, digest_size=16).hexdigest()
        return self._folder / name[:2] / f"{name}.jpg"


def _state(photo: Path) -> bytes:
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
    target = io.BytesIO()
    image.save(target, "JPEG", quality=QUALITY)
    return target.getvalue()


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, draft = tempfile.mkstemp(dir=file.parent)
    try:
        with os.fdopen(handle, "wb") as target:
            target.write(data)
        Path(draft).replace(file)
    except OSError:
        Path(draft).unlink(missing_ok=True)
        raise
