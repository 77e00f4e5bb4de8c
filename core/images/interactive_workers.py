"""Decodes what the user is waiting for, such as query pictures and thumbnails, in processes reserved for that."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from core.images.picture_pool import PicturePool
from core.images.process_pool import DECODE_SECONDS
from core.images.query import make_query
from core.images.thumbnail import ThumbnailCache, ThumbnailFiles, make_thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.images.query import Query
    from core.search_request import QueryPicture

PROCESSES = 2
"""One for each interactive thread, so that one slow picture does not block the next."""

THUMBNAIL_SECONDS = 20.0


class InteractiveWorkers:
    """Decode worker processes for what the user is waiting for, each started when it is first needed.

    As many threads as there are processes may use them at the same time.
    """

    def __init__(self, thumbnails: Path) -> None:
        """Store thumbnails in the folder `thumbnails`."""
        self._pool = PicturePool("semblance-interactive", PROCESSES)
        self._files = ThumbnailFiles(thumbnails)
        self._thumbnails = ThumbnailCache(self._files, self._make_thumbnail)

    def start_early(self) -> None:
        """Start a process if none has been started yet, without waiting until it can decode."""
        self._pool.start_early()

    def query(self, picture: QueryPicture, spec: InputSpec, *, all_views: bool) -> Query:
        """Return a query from a picture, with all query views or only the complete picture.

        Raises:
            DecodeError: The picture cannot be read, crashes its decoder, or takes too long to decode.
        """
        make = partial(make_query, spec=spec, all_views=all_views, crop=picture.crop, clockwise=picture.turn)
        return self._pool.process(picture.source, make, DECODE_SECONDS)

    def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the cache if possible.

        Raises:
            DecodeError: The picture cannot be read, crashes its decoder, or takes too long to decode.
        """
        return self._thumbnails.get(photo, side)

    def preview(self, picture: Path | bytes, side: int) -> bytes:
        """Return a JPEG of a picture that fits into a square of `side` pixels, without using the cache.

        Raises:
            DecodeError: The picture cannot be read, crashes its decoder, or takes too long to decode.
        """
        return self._make_thumbnail(picture, side)

    def edited_copies(self, photo: Path) -> dict[str, bytes]:
        """Return a JPEG of a photo for each kind of edit.

        Raises:
            DecodeError: The picture cannot be read, crashes its decoder, or takes too long to decode.
        """
        from core.images.edited_copies import edited_copies  # imported here, because only `check-search` needs it

        return self._pool.process(photo, edited_copies, DECODE_SECONDS)

    def forget(self, photos: Iterable[Path]) -> None:
        """Delete the thumbnails of photos."""
        self._files.forget(photos)

    def close(self) -> None:
        """End the processes, even while they decode a picture. May be called twice."""
        self._pool.close()

    def _make_thumbnail(self, picture: Path | bytes, side: int) -> bytes:
        return self._pool.process(picture, partial(make_thumbnail, side=side), THUMBNAIL_SECONDS)
