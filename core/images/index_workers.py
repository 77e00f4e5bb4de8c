"""Reads the photos of an indexing run in decode worker processes of low priority."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DecodeError, LibraryError
from core.images.embedded_preview import read_preview
from core.images.process_pool import DECODE_SECONDS, DecoderPool, DecoderProcess, ProcessDiedError
from core.images.reader import ReadPhoto, read_only_metadata, read_photo
from core.images.thumbnail import ThumbnailFiles
from core.workers import NICENESS

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from multiprocessing.connection import Connection

    from core.images.model_input import InputSpec
    from core.types import Metadata, PhotoDetails, Pixels

READ, PREVIEW, METADATA = "read", "preview", "metadata"
BELOW_NORMAL_PRIORITY_CLASS = 0x4000


class IndexWorkers:
    """Decode worker processes for indexing runs, each started when it is first needed.

    As many threads as there are processes may call `read`, `preview` and `metadata` at the same time.
    """

    def __init__(
        self,
        spec: InputSpec,
        preview_spec: InputSpec,
        count: int,
        thumbnails: Path,
        known: Callable[[bytes], PhotoDetails | None],
    ) -> None:
        """Use at most `count` processes, and store thumbnails in the folder `thumbnails`.

        `spec` is the input of the model for complete photos, and `preview_spec` that for embedded previews.
        `known` returns the details of a photo by its content key, or None if the photo must be decoded. It is sent to
        the processes and called there. It may raise a `LibraryError`.
        """
        self._specs = {READ: spec, PREVIEW: preview_spec}
        serve = partial(_serve, self._specs, ThumbnailFiles(thumbnails), known)
        self._pool = DecoderPool(count, lambda: DecoderProcess("semblance-indexing", serve))

    def read(self, path: Path) -> ReadPhoto:
        """Return a photo after reading its file once. If `known` returns its details, it is not decoded.

        Raises:
            UnreadableError: The file is missing, may not be read, or takes too long to read.
            DecodeError: The file is not a picture, crashes its decoder, or takes too long to decode.
            LibraryError: `known` raised it.
        """
        return self._pool.use_with_retry(partial(self._read, path))

    def preview(self, path: Path) -> ReadPhoto | None:
        """Return a photo from its embedded preview, or None if it has no usable one or cannot be read.

        Raises:
            DecodeError: Reading the file takes too long.
        """
        try:
            return self._pool.use(partial(self._preview, path))
        except ProcessDiedError:
            return None

    def metadata(self, path: Path) -> Metadata:
        """Return the metadata of a photo, which is empty if the file is damaged.

        Raises:
            UnreadableError: The file is missing or may not be read.
            DecodeError: The file crashes its decoder, or takes too long to read.
        """
        return self._pool.use_with_retry(partial(self._metadata, path))

    def close(self) -> None:
        """End the processes, even while they decode a photo. May be called twice."""
        self._pool.close()

    def _read(self, path: Path, process: DecoderProcess) -> ReadPhoto:
        process.pipe.send((READ, os.fsencode(path)))
        process.wait_for_disk()
        reply: PhotoDetails | DecodeError | LibraryError | None = process.pipe.recv()
        is_known = reply is not None
        if reply is None:
            process.wait_for_decoder(DECODE_SECONDS)
            reply = process.pipe.recv()
        if isinstance(reply, DecodeError | LibraryError):
            raise reply
        assert reply is not None
        return ReadPhoto(reply, None if is_known else self._pixels(READ, process))

    def _preview(self, path: Path, process: DecoderProcess) -> ReadPhoto | None:
        process.pipe.send((PREVIEW, os.fsencode(path)))
        process.wait_for_disk()
        details: PhotoDetails | None = process.pipe.recv()
        return ReadPhoto(details, self._pixels(PREVIEW, process)) if details else None

    def _metadata(self, path: Path, process: DecoderProcess) -> Metadata:
        process.pipe.send((METADATA, os.fsencode(path)))
        process.wait_for_disk()
        reply: Metadata | DecodeError = process.pipe.recv()
        if isinstance(reply, DecodeError):
            raise reply
        return reply

    def _pixels(self, task: str, process: DecoderProcess) -> Pixels:
        spec, pixels = self._specs[task], np.frombuffer(process.pipe.recv_bytes(), np.uint8)
        return pixels.reshape(spec.height, spec.width, 3)


def _serve(
    specs: Mapping[str, InputSpec],
    thumbnails: ThumbnailFiles,
    known: Callable[[bytes], PhotoDetails | None],
    pipe: Connection,
) -> None:
    _lower_priority()
    while True:
        task, name = pipe.recv()
        path = Path(os.fsdecode(name))
        photo: ReadPhoto | Metadata | DecodeError | LibraryError | None
        try:
            if task == READ:
                photo = read_photo(path, specs[READ], partial(_known_details, known, pipe), thumbnails)
            elif task == PREVIEW:
                photo = read_preview(path, specs[PREVIEW])
            else:
                photo = read_only_metadata(path)
        except (DecodeError, LibraryError) as error:
            photo = None if task == PREVIEW else error  # reading the complete file reports why
        if not isinstance(photo, ReadPhoto):
            pipe.send(photo)
            continue
        pipe.send(photo.details)
        if photo.pixels is not None:
            pipe.send_bytes(photo.pixels.tobytes())


def _known_details(
    known: Callable[[bytes], PhotoDetails | None], pipe: Connection, content: bytes
) -> PhotoDetails | None:
    """Look up a photo that has been read from its disk, and announce it if it will be decoded."""
    details = known(content)
    if details is None:
        pipe.send(None)
    return details


def _lower_priority() -> None:
    """Lower the priority of this process, so that it does not slow down what the user does."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)
