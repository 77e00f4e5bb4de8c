"""Decoding what the user waits for, query pictures and thumbnails, in processes that are kept ready for that."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.errors import DecodeError
from core.images.process_pool import DECODE_SECONDS, DecoderPool, DecoderProcess
from core.images.query import make_query
from core.images.reader import read_bytes
from core.images.thumbnail import ThumbnailCache, ThumbnailFiles, make_thumbnail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from multiprocessing.connection import Connection
    from pathlib import Path

    from core.images.model_input import InputSpec
    from core.images.query import Query

T = TypeVar("T")

VIEWERS = 2
"""One on each thread that shows things, so that a picture that holds up its decoder leaves one for the next."""

THUMBNAIL_SECONDS = 20.0


class InteractiveWorkers:
    """A few processes, each started when it is first needed. May be used from as many threads at once."""

    def __init__(self, thumbnails: Path) -> None:
        """Use a folder to keep thumbnails in. Nothing is started yet."""
        self._pool = DecoderPool(VIEWERS, lambda: DecoderProcess("semblance-viewer", _serve))
        self._files = ThumbnailFiles(thumbnails)
        self._thumbnails = ThumbnailCache(self._files, self._make_thumbnail)

    def get_ready(self) -> None:
        """Start a process, without waiting until it can decode."""
        with suppress(DecodeError):  # whoever asks for a picture is told
            self._pool.use(lambda _: None)

    def query(self, picture: Path | bytes, spec: InputSpec, *, all_views: bool) -> Query:
        """Return a query from a file or the bytes of one.

        Raises:
            DecodeError: It cannot be read as a picture, or it crashes or holds up its decoder.
        """
        return self._show(picture, partial(make_query, spec=spec, all_views=all_views), DECODE_SECONDS)

    def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the cache where it is there.

        Raises:
            DecodeError: It cannot be read as a picture, or it crashes or holds up its decoder.
        """
        return self._thumbnails.get(photo, side)

    def preview(self, picture: Path | bytes, side: int) -> bytes:
        """Return a JPEG of a picture that fits into a square of `side` pixels, without using the cache.

        Raises:
            DecodeError: It cannot be read as a picture, or it crashes or holds up its decoder.
        """
        return self._make_thumbnail(picture, side)

    def forget(self, photos: Iterable[Path]) -> None:
        """Delete the thumbnails of photos."""
        self._files.forget(photos)

    def close(self) -> None:
        """End the processes, also in the middle of a picture. May be called twice."""
        self._pool.close()

    def _make_thumbnail(self, picture: Path | bytes, side: int) -> bytes:
        return self._show(picture, partial(make_thumbnail, side=side), THUMBNAIL_SECONDS)

    def _show(self, picture: Path | bytes, make: Callable[[bytes], T], seconds: float) -> T:
        """Return what a function, which is sent to the process, makes of the bytes of a picture."""

        def ask(process: DecoderProcess) -> T:
            process.pipe.send((picture, make))
            process.wait_for_disk()
            if trouble := process.pipe.recv():
                raise trouble
            process.wait_for_decoder(seconds)
            answer: T | DecodeError = process.pipe.recv()
            if isinstance(answer, DecodeError):
                raise answer
            return answer

        return self._pool.insist(ask)


def _serve(pipe: Connection) -> None:
    while True:
        picture, make = pipe.recv()
        try:
            data = picture if isinstance(picture, bytes) else read_bytes(picture)
            pipe.send(None)  # from here on it is not the disk that takes its time
            answer = make(data)
        except DecodeError as error:
            answer = error
        pipe.send(answer)
