"""Reading the photos of an indexing run in processes that let everything else go first."""

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
    from core.types import Details, Pixels

READ, PREVIEW = "read", "preview"
BELOW_NORMAL_PRIORITY_CLASS = 0x4000


class IndexWorkers:
    """A few processes, each started when it is first needed. `read` may be called from as many threads at once."""

    def __init__(self, spec: InputSpec, count: int, thumbnails: Path) -> None:
        """Take note of what the model wants to see, and of the folder to keep thumbnails in."""
        self._spec = spec
        serve = partial(_serve, spec, ThumbnailFiles(thumbnails))
        self._pool = DecoderPool(count, lambda: DecoderProcess("semblance-reader", serve))

    def read(self, path: Path, known: Callable[[bytes], Details | None]) -> ReadPhoto:
        """Return a photo, its file read once. Content that is `known` is not decoded, unless it is small.

        Raises:
            UnreadableError: It is gone, may not be read, or does not come from its disk.
            DecodeError: It is not a picture, or it crashes or holds up its decoder.
        """
        return self._pool.insist(partial(self._read, path, known))

    def preview(self, path: Path) -> ReadPhoto | None:
        """Return what the small picture in a file shows; None where there is none worth it, or it cannot be read.

        Raises:
            DecodeError: It takes too long.
        """
        try:
            return self._pool.use(partial(self._preview, path))
        except ProcessDiedError:
            return None

    def close(self) -> None:
        """End the processes, also in the middle of a photo. May be called twice."""
        self._pool.close()

    def _read(self, path: Path, known: Callable[[bytes], Details | None], process: DecoderProcess) -> ReadPhoto:
        process.pipe.send((READ, os.fsencode(path)))
        process.wait_for_disk()
        answer: tuple[bytes, bool] | DecodeError = process.pipe.recv()
        if isinstance(answer, DecodeError):
            raise answer
        content, is_asked = answer
        known_details = known(content)
        if is_asked:
            process.pipe.send(known_details)
            if known_details:
                return ReadPhoto(known_details, None)
        process.wait_for_decoder(DECODE_SECONDS)
        details: Details | DecodeError = process.pipe.recv()
        pixels = None if isinstance(details, DecodeError) else self._pixels(process)
        if known_details:
            return ReadPhoto(known_details, None)
        if isinstance(details, DecodeError):
            raise details
        return ReadPhoto(details, pixels)

    def _preview(self, path: Path, process: DecoderProcess) -> ReadPhoto | None:
        process.pipe.send((PREVIEW, os.fsencode(path)))
        process.wait_for_disk()
        details: Details | None = process.pipe.recv()
        return ReadPhoto(details, self._pixels(process)) if details else None

    def _pixels(self, process: DecoderProcess) -> Pixels:
        pixels = np.frombuffer(process.pipe.recv_bytes(), np.uint8)
        return pixels.reshape(self._spec.height, self._spec.width, 3)


def _serve(spec: InputSpec, thumbnails: ThumbnailFiles, pipe: Connection) -> None:
    _step_back()
    while True:
        task, name = pipe.recv()
        path = Path(os.fsdecode(name))
        photo: ReadPhoto | DecodeError | None
        try:
            if task == READ:
                photo = read_photo(path, spec, partial(_ask, pipe, _is_small(path)), thumbnails)
            else:
                photo = read_preview(path, spec)
        except DecodeError as error:
            photo = error if task == READ else None  # reading it as a whole tells why
        if not isinstance(photo, ReadPhoto):
            pipe.send(photo)
        elif photo.pixels is not None:
            pipe.send(photo.details)
            pipe.send_bytes(photo.pixels.tobytes())


def _is_small(path: Path) -> bool:
    """Tell whether a file is decoded in the time that it takes to be told that this is not needed."""
    try:
        return path.stat().st_size < LARGE_FILE
    except OSError:
        return False  # reading it tells why


def _ask(pipe: Connection, is_small: bool, content: bytes) -> Details | None:
    pipe.send((content, not is_small))
    known: Details | None = None if is_small else pipe.recv()
    return known


def _step_back() -> None:
    """Let whatever the user does go first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)
