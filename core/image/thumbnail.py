"""Thumbnails, kept on disk so that a photo is decoded for the screen only once."""

from __future__ import annotations

import hashlib
import io
import os
import tempfile
from contextlib import suppress
from pathlib import Path

from core.image.decoder import decode
from core.image.reader import read_bytes

QUALITY = 85


class ThumbnailCache:
    """Thumbnails in a folder, one file each. May be used from several threads."""

    def __init__(self, folder: Path) -> None:
        """Use a folder, which need not exist yet."""
        self._folder = folder

    def get(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels.

        Raises:
            DecodeError: The photo cannot be read.
        """
        file = self._file(photo, side)
        with suppress(OSError):
            return file.read_bytes()
        data = make_thumbnail(read_bytes(photo), side)
        # A cache that cannot be written makes the program slower, no less right.
        with suppress(OSError):
            _write(file, data)
        return data

    def _file(self, photo: Path, side: int) -> Path:
        try:
            status = photo.stat()
            version = f"{status.st_size} {status.st_mtime_ns} {side}"
        except OSError:
            version = f"gone {side}"
        name = hashlib.blake2b(os.fsencode(photo) + b"\0" + version.encode(), digest_size=16).hexdigest()
        return self._folder / name[:2] / f"{name}.jpg"


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
