"""Worker processes that each run a function on the bytes of one picture at a time."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from typing import TYPE_CHECKING, TypeVar

from core.errors import DecodeError
from core.images.process_pool import DecoderPool, DecoderProcess
from core.images.reader import read_bytes

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection
    from pathlib import Path

T = TypeVar("T")


class PicturePool:
    """Processes for what the user is waiting for, each started when it is first needed.

    As many threads as there are processes may use them at the same time.
    """

    def __init__(self, name: str, count: int, set_up: Callable[[], None] | None = None) -> None:
        """Each process first calls `set_up`."""
        self._pool = DecoderPool(count, partial(DecoderProcess, name, partial(_serve, set_up)))

    def start_early(self) -> None:
        """Start a process if none has been started yet, without waiting until it can decode."""
        with suppress(DecodeError):  # decoding the first picture reports the same error
            self._pool.start_early()

    def process(self, picture: Path | bytes, make: Callable[[bytes], T], seconds: float) -> T:
        """Return the result of calling `make`, in a worker process, with the bytes of a picture.

        Raises:
            DecodeError: The picture cannot be read, `make` raised the error, crashed, or took more than `seconds`.
        """

        def process_picture(process: DecoderProcess) -> T:
            process.pipe.send((picture, make))
            process.wait_for_disk()
            if error := process.pipe.recv():
                raise error
            process.wait_for_decoder(seconds)
            result: T | DecodeError = process.pipe.recv()
            if isinstance(result, DecodeError):
                raise result
            return result

        return self._pool.use_with_retry(process_picture)

    def close(self) -> None:
        """End the processes, even while they decode a picture. May be called twice."""
        self._pool.close()


def _serve(set_up: Callable[[], None] | None, pipe: Connection) -> None:
    if set_up:
        set_up()
    while True:
        picture, make = pipe.recv()
        try:
            data = picture if isinstance(picture, bytes) else read_bytes(picture)
            pipe.send(None)  # the file is read, so the time limit for decoding starts
            result = make(data)
        except DecodeError as error:
            result = error
        pipe.send(result)
