"""Reading a photo once: its bytes, their hash, and the picture as the model wants it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3

from core.errors import DecodeError
from core.images.decoder import decode, fit
from core.images.thumbnail import kept_thumbnail, state_of
from core.types import Details

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.images.thumbnail import ThumbnailFiles
    from core.types import Pixels

MAX_BYTES = 1 << 30

LARGE_FILE = 300_000
"""Of a file with fewer bytes a thumbnail is made when it is wanted, which takes hardly longer than to read one."""


class UnreadableError(DecodeError):
    """The file could not be read from its disk; it may be readable another time."""


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """What reading a photo gave. `pixels` is None where the model has seen these bytes before."""

    details: Details
    pixels: Pixels | None


def content_key(data: bytes) -> bytes:
    """Return the 16 bytes that stand for a file's content: its BLAKE3, which takes a seventh of BLAKE2b's time."""
    return blake3(data).digest(16)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        UnreadableError: It is gone or may not be read.
        DecodeError: It is larger than any photo.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DecodeError(f"It is too large: more than the {MAX_BYTES >> 30} GB that are read of a file.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"It could not be read from the disk: {error.strerror or error}.") from error


def shortest_side(spec: InputSpec) -> int:
    """Return how long the shorter side of a decoded picture must be to serve a model."""
    return max(spec.height, spec.width, spec.resize_to)


def read_photo(
    path: Path,
    spec: InputSpec,
    known: Callable[[bytes], Details | None],
    thumbnails: ThumbnailFiles | None = None,
) -> ReadPhoto:
    """Return a photo, its file read once. Content that is `known` is not decoded.

    Of a large file that is decoded, a thumbnail is kept.

    Raises:
        DecodeError: It cannot be read, or is not a picture.
    """
    state = state_of(path)
    data = read_bytes(path)
    content = content_key(data)
    if details := known(content):
        return ReadPhoto(details, None)
    picture = decode(data, shortest_side(spec))
    if thumbnails and len(data) >= LARGE_FILE:
        thumbnails.write(path, kept_thumbnail(picture.image, state))
    details = Details(content, picture.width, picture.height, picture.taken_at)
    return ReadPhoto(details, fit(picture.image, spec))
