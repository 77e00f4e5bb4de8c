"""Reads a photo once: its bytes, their content key, and the picture as input for the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from blake3 import blake3
from PIL import Image, UnidentifiedImageError

from core.errors import DecodeError, UnreadableError
from core.images.decoder import decode, fit
from core.images.formats import HEAD, formats, is_jpeg_xl, is_raw
from core.images.metadata import read_metadata, read_tiff_metadata
from core.images.photo_cache import state_of
from core.images.thumbnail import stored_thumbnail
from core.types import Metadata, PhotoDetails

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.images.thumbnail import ThumbnailFiles
    from core.types import Pixels

MAX_BYTES = 1 << 30

LARGE_FILE = 300_000
"""Indexing stores no thumbnail of a smaller file (in bytes): making one later is almost as fast as reading it."""


@dataclass(frozen=True, slots=True)
class ReadPhoto:
    """The result of reading a photo. `pixels` is None if the content is known and needs no embedding."""

    details: PhotoDetails
    pixels: Pixels | None


def content_key(data: bytes) -> bytes:
    """Return the first 16 bytes of the BLAKE3 hash, which takes a seventh of the time of BLAKE2b."""
    return blake3(data).digest(16)


def read_bytes(path: Path) -> bytes:
    """Return the bytes of a file.

    Raises:
        UnreadableError: The file is missing or may not be read.
        DecodeError: The file is larger than any photo.
    """
    try:
        if path.stat().st_size > MAX_BYTES:
            raise DecodeError(f"The file is too large. The limit is {MAX_BYTES >> 30} GB.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableError(f"The file could not be read: {error.strerror or error}.") from error


def shortest_side(spec: InputSpec) -> int:
    """Return the length that the shorter side of a decoded picture needs for a model."""
    return max(spec.height, spec.width, spec.resize_to)


def read_only_metadata(path: Path) -> Metadata:
    """Return the metadata of a photo, which is empty if the file is damaged. Of most files, only the beginning is read.

    Raises:
        UnreadableError: The file is missing or may not be read.
    """
    try:
        with path.open("rb") as file:
            head = file.read(HEAD)
            if is_raw(head) or is_jpeg_xl(head):
                return decode(read_bytes(path), side=1).metadata
            try:
                with Image.open(file, formats=formats()) as image:
                    return read_metadata(image)
            except UnidentifiedImageError:  # most RAW files are like TIFF files, but not all can be opened as one
                return read_tiff_metadata(file)
    except UnreadableError:
        raise
    except Exception as error:  # decoders raise many types
        if isinstance(error, OSError) and error.errno is not None:
            raise UnreadableError(f"The file could not be read: {error.strerror or error}.") from error
        return Metadata()


def read_photo(
    path: Path,
    spec: InputSpec,
    known: Callable[[bytes], PhotoDetails | None],
    thumbnails: ThumbnailFiles | None = None,
) -> ReadPhoto:
    """Return a photo after reading its file once.

    If `known` returns details for its content key, the photo is not decoded. If a large file is decoded, a thumbnail is
    stored.

    Raises:
        DecodeError: The file cannot be read or is not a picture.
    """
    state = state_of(path)
    data = read_bytes(path)
    content = content_key(data)
    if details := known(content):
        return ReadPhoto(details, None)
    picture = decode(data, shortest_side(spec))
    if thumbnails and len(data) >= LARGE_FILE:
        thumbnails.write(path, stored_thumbnail(picture.image, state))
    details = PhotoDetails(
        content, picture.width, picture.height, picture.metadata, is_incomplete=picture.is_incomplete
    )
    return ReadPhoto(details, fit(picture.image, spec))
