"""Reading photos in processes of their own.

A picture that crashes its decoder, or holds it up for ever, costs that picture alone. And such processes share no
interpreter lock, neither with one another nor with the window.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
from contextlib import suppress
from pathlib import Path
from queue import LifoQueue
from typing import TYPE_CHECKING, TypeVar

import numpy as np

from core.errors import DecodeError
from core.image.preview import read_preview
from core.image.reader import ReadPhoto, UnreadableError, read_photo
from core.workers import start_unmoved

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

    from core.model_input import InputSpec
    from core.types import Details, Pixels

T = TypeVar("T")

READ_SECONDS = 300.0
"""A disk that takes longer to hand over a photo is left alone until the next run."""

DECODE_SECONDS = 60.0
"""Many times what the largest picture that is read takes."""

STOP_SECONDS = 2.0
READ, PREVIEW = "read", "preview"
LATE = UnreadableError("It takes too long to come from its disk.")
NICENESS = 10
BELOW_NORMAL_PRIORITY_CLASS = 0x4000


class ReaderDiedError(Exception):
    """The process ended over a photo."""


class TooSlowError(Exception):
    """A photo takes too long. `error` says so."""

    def __init__(self, error: DecodeError) -> None:
        super().__init__(str(error))
        self.error = error


class Readers:
    """A few processes, each started when it is first needed. `read` may be called from as many threads at once."""

    def __init__(self, spec: InputSpec, count: int) -> None:
        """Take note of what the model wants to see."""
        self._spec = spec
        self._idle: LifoQueue[_Reader | None] = LifoQueue()  # one that runs before one that is to be started
        self._alive: set[_Reader] = set()
        self._is_closed = False
        for _ in range(count):
            self._idle.put(None)

    def read(self, path: Path, known: Callable[[bytes], Details | None]) -> ReadPhoto:
        """Return a photo, its file read once. Content that is `known` is not decoded.

        Raises:
            UnreadableError: It is gone, may not be read, or does not come from its disk.
            DecodeError: It is not a picture, or it crashes or holds up its decoder.
        """
        try:
            return self._try(lambda reader: reader.read(path, known))
        except ReaderDiedError:
            # Whoever is short of memory may have ended it over any photo: only the second time is it to blame.
            pass
        try:
            return self._try(lambda reader: reader.read(path, known))
        except ReaderDiedError as error:
            raise DecodeError("It crashes its decoder, so it is damaged.") from error

    def preview(self, path: Path) -> ReadPhoto | None:
        """Return what the small picture in a file shows; None where there is none worth it, or it cannot be read.

        Raises:
            DecodeError: It takes too long.
        """
        try:
            return self._try(lambda reader: reader.preview(path))
        except ReaderDiedError:
            return None

    def close(self) -> None:
        """End the processes, also in the middle of a photo. May be called twice."""
        self._is_closed = True
        for reader in tuple(self._alive):
            reader.close()

    def _try(self, task: Callable[[_Reader], T]) -> T:
        reader, is_usable = self._idle.get() or self._start(), True
        try:
            return task(reader)
        except DecodeError:
            raise
        except TooSlowError as slow:
            is_usable = False
            raise slow.error from slow
        except BaseException:
            is_usable = False  # it died, or was left in the middle of a photo and waits for an answer
            raise
        finally:
            if not is_usable:
                reader.close()
                self._alive.discard(reader)
            self._idle.put(reader if is_usable else None)

    def _start(self) -> _Reader:
        if self._is_closed:
            self._idle.put(None)
            raise UnreadableError("The program was ended.")
        try:
            reader = _Reader(self._spec)
        except OSError as error:
            self._idle.put(None)
            raise UnreadableError(f"No process could be started to read it: {error.strerror or error}.") from error
        self._alive.add(reader)
        return reader


class _Reader:
    """One process. It reads one photo at a time."""

    def __init__(self, spec: InputSpec) -> None:
        self._spec = spec
        # "spawn" everywhere: a fork would copy our threads' locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(spec, theirs), name="semblance-reader", daemon=True)
        start_unmoved(self._process)
        theirs.close()

    def read(self, path: Path, known: Callable[[bytes], Details | None]) -> ReadPhoto:
        """Return a photo.

        Raises:
            DecodeError: What `Readers.read` says.
            ReaderDiedError: The process ended.
            TooSlowError: It takes too long.
        """
        try:
            self._pipe.send((READ, os.fsencode(path)))
            self._wait(READ_SECONDS, LATE)
            content: bytes | DecodeError = self._pipe.recv()
            if isinstance(content, DecodeError):
                raise content
            known_details = known(content)
            self._pipe.send(known_details)
            if known_details:
                return ReadPhoto(known_details, None)
            self._wait(DECODE_SECONDS, DecodeError("It takes too long to decode, so it is damaged."))
            details: Details | DecodeError = self._pipe.recv()
            if isinstance(details, DecodeError):
                raise details
            return ReadPhoto(details, self._pixels())
        except (EOFError, OSError) as error:
            raise ReaderDiedError from error

    def preview(self, path: Path) -> ReadPhoto | None:
        """Return the small picture in a file.

        Raises:
            ReaderDiedError: The process ended.
            TooSlowError: It takes too long.
        """
        try:
            self._pipe.send((PREVIEW, os.fsencode(path)))
            self._wait(READ_SECONDS, LATE)
            details: Details | None = self._pipe.recv()
            return ReadPhoto(details, self._pixels()) if details else None
        except (EOFError, OSError) as error:
            raise ReaderDiedError from error

    def _pixels(self) -> Pixels:
        pixels = np.frombuffer(self._pipe.recv_bytes(), np.uint8)
        return pixels.reshape(self._spec.height, self._spec.width, 3)

    def close(self) -> None:
        """End the process. It has nothing to lose."""
        self._process.kill()
        self._process.join(STOP_SECONDS)
        self._pipe.close()

    def _wait(self, seconds: float, late: DecodeError) -> None:
        if not self._pipe.poll(seconds):
            raise TooSlowError(late)


def _serve(spec: InputSpec, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the one that started us decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _step_back()

    def ask(content: bytes) -> Details | None:
        pipe.send(content)
        known: Details | None = pipe.recv()
        return known

    with suppress(EOFError, OSError):  # the program has ended, or has enough
        while True:
            task, name = pipe.recv()
            path = Path(os.fsdecode(name))
            photo: ReadPhoto | DecodeError | None
            try:
                photo = read_photo(path, spec, ask) if task == READ else read_preview(path, spec)
            except DecodeError as error:
                photo = error if task == READ else None  # reading it as a whole tells why
            if not isinstance(photo, ReadPhoto):
                pipe.send(photo)
            elif photo.pixels is not None:
                pipe.send(photo.details)
                pipe.send_bytes(photo.pixels.tobytes())


def _step_back() -> None:
    """Let whatever the user does go first."""
    if sys.platform == "win32":
        import ctypes

        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), BELOW_NORMAL_PRIORITY_CLASS)
    else:
        os.nice(NICENESS)
