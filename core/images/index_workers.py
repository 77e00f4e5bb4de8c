"""Reads the photos of an indexing run in decode worker processes of low priority."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DecodeError
from core.images.embedded_preview import read_preview
from core.images.process_pool import DECODE_SECONDS, DecoderPool, DecoderProcess, ProcessDiedError
from core.images.reader import LARGE_FILE, ReadPhoto, read_photo
from core.images.thumbnail import ThumbnailFiles
from core.workers import NICENESS

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from core.images.model_input import InputSpec
    from core.types import PhotoDetails, Pixels

READ, PREVIEW = "read", "preview"
BELOW_NORMAL_PRIORITY_CLASS = 0x4000


class IndexWorkers:
    """Decode worker processes for indexing runs, each started when it is first needed.

    As many threads as there are processes may call `read` and `preview` at the same time.
    """

    def __init__(self, spec: InputSpec, count: int, thumbnails: Path) -> None:
        """Use at most `count` processes, and store thumbnails in the folder `thumbnails`."""
        self._spec = spec
        serve = partial(_serve, spec, ThumbnailFiles(thumbnails))
        self._pool = DecoderPool(count, lambda: DecoderProcess("semblance-indexing", serve))

    def read(self, path: Path, known: Callable[[bytes], PhotoDetails | None]) -> ReadPhoto:
        """Return a photo after reading its file once.

        If `known` returns details for its content key, a large photo is not decoded. Decoding a small one is as fast as
        asking `known` first.

        Raises:
            UnreadableError: The file is missing, may not be read, or takes too long to read.
            DecodeError: The file is not a picture, crashes its decoder, or takes too long to decode.
        """
        return self._pool.use_with_retry(partial(self._read, path, known))

    def preview(self, path: Path) -> ReadPhoto | None:
        """Return a photo from its embedded preview, or None if it has no usable one or cannot be read.

        Raises:
            DecodeError: Reading the file takes too long.
        """
        try:
            return self._pool.use(partial(self._preview, path))
        except ProcessDiedError:
            return None

    def close(self) -> None:
        """End the processes, even while they decode a photo. May be called twice."""
        self._pool.close()

    def _read(self, path: Path, known: Callable[[bytes], PhotoDetails | None], process: DecoderProcess) -> ReadPhoto:
        process.pipe.send((READ, os.fsencode(path)))
        process.wait_for_disk()
        reply: tuple[bytes, bool] | DecodeError = process.pipe.recv()
        if isinstance(reply, DecodeError):
            raise reply
        content, awaits_details = reply
        known_details = known(content)
        if awaits_details:
            process.pipe.send(known_details)
            if known_details:
                return ReadPhoto(known_details, None)
        process.wait_for_decoder(DECODE_SECONDS)
        details: PhotoDetails | DecodeError = process.pipe.recv()
        pixels = None if isinstance(details, DecodeError) else self._pixels(process)
        if known_details:
            return ReadPhoto(known_details, None)
        if isinstance(details, DecodeError):
            raise details
        return ReadPhoto(details, pixels)

    def _preview(self, path: Path, process: DecoderProcess) -> ReadPhoto | None:
        process.pipe.send((PREVIEW, os.fsencode(path)))
        process.wait_for_disk()
        details: PhotoDetails | None = process.pipe.recv()
        return ReadPhoto(details, self._pixels(process)) if details else None

    def _pixels(self, process: DecoderProcess) -> Pixels:
        pixels = np.frombuffer(process.pipe.recv_bytes(), np.uint8)
        return pixels.reshape(self._spec.height, self._spec.width, 3)


def _serve(spec: InputSpec, thumbnails: ThumbnailFiles, pipe: Connection) -> None:
    _lower_priority()
    while True:
        task, name = pipe.recv()
        path = Path(os.fsdecode(name))
        photo: ReadPhoto | DecodeError | None
        try:
            if task == READ:
                photo = read_photo(path, spec, partial(_known_details, pipe, _is_small(path)), thumbnails)
            else:
                photo = read_preview(path, spec)
        except DecodeError as error:
            photo = error if task == READ else None  # reading the complete file reports why
        if not isinstance(photo, ReadPhoto):
            pipe.send(photo)
        elif photo.pixels is not None:
            pipe.send(photo.details)
            pipe.send_bytes(photo.pixels.tobytes())


def _is_small(path: Path) -> bool:
    """Return whether decoding a file is as fast as asking first whether it must be decoded."""
    try:
        return path.stat().st_size < LARGE_FILE
    except OSError:
        return False  # reading the file reports why


def _known_details(pipe: Connection, is_small: bool, content: bytes) -> PhotoDetails | None:
    pipe.send((content, not is_small))
    details: PhotoDetails | None = None if is_small else pipe.recv()
    return details


def _lower_priority() -> None:
    """Lower the priority of this process, so that it does not slow down what the user does."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)
