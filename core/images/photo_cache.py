"""Files that are made from photos, such as thumbnails, and can be made again at any time."""

from __future__ import annotations

import hashlib
import os
import tempfile
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable


class Kind(StrEnum):
    """What is made from a photo. The value is the extension of its file."""

    THUMBNAIL = ".jpg"
    FEATURES = ".features"


@dataclass(frozen=True, slots=True)
class PhotoCache:
    """A folder with a file of each kind for each photo. It need not exist yet, and several processes may share it.

    The data in a file is followed by a line, which says what it was made from and exposes incomplete files.
    """

    folder: Path

    def read(self, photo: Path, kind: Kind) -> tuple[bytes, bytes] | None:
        """Return the data and the line of a file, or None if there is none."""
        with suppress(OSError):
            data, _, line = self._file(photo, kind).read_bytes().rpartition(b"\n")
            if data:
                return data, line
        return None

    def write(self, photo: Path, kind: Kind, data: bytes, line: bytes) -> None:
        """Store a file and replace the previous one. Errors are ignored, because the cache only saves time."""
        file = self._file(photo, kind)
        with suppress(OSError):
            file.parent.mkdir(parents=True, exist_ok=True)
            handle, draft = tempfile.mkstemp(dir=file.parent)
            try:
                with os.fdopen(handle, "wb") as target:
                    target.write(data + b"\n" + line)
                Path(draft).replace(file)
            except OSError:
                Path(draft).unlink(missing_ok=True)
                raise

    def forget(self, photos: Iterable[Path]) -> None:
        """Delete all files of photos."""
        for photo in photos:
            for kind in Kind:
                with suppress(OSError):
                    self._file(photo, kind).unlink()

    def _file(self, photo: Path, kind: Kind) -> Path:
        name = hashlib.blake2b(os.fsencode(photo), digest_size=16).hexdigest()
        return self.folder / name[:2] / f"{name}{kind}"


def state_of(photo: Path) -> bytes:
    """Return bytes that change whenever the file of a photo changes, or b"" if the photo cannot be reached."""
    try:
        status = photo.stat()
    except OSError:
        return b""
    return b"%d %d" % (status.st_size, status.st_mtime_ns)
