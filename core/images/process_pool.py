"""Processes in which pictures are decoded, so that one that crashes its decoder or holds it up costs itself alone.

Such processes share no interpreter lock either, neither with one another nor with the window.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from contextlib import suppress
from multiprocessing.connection import wait
from queue import LifoQueue
from typing import TYPE_CHECKING, TypeVar

from core.errors import DecodeError
from core.images.reader import UnreadableError
from core.workers import start_uninterrupted

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")

READ_SECONDS = 300.0
"""A disk that takes longer to hand over a photo is not waited for."""

DECODE_SECONDS = 60.0
"""Many times what the largest picture that is read takes."""

STOP_SECONDS = 1.0


class ProcessDiedError(Exception):
    """The process ended over a picture."""


class TooSlowError(Exception):
    """A picture takes too long. `error` says so."""

    def __init__(self, error: DecodeError) -> None:
        super().__init__(str(error))
        self.error = error


class DecoderProcess:
    """One process, which is asked about one picture at a time through `pipe`."""

    def __init__(self, name: str, serve: Callable[[Connection], None]) -> None:
        """Start it. There, `serve` is called with the other end of the pipe.

        Raises:
            OSError: The system starts no process.
        """
        # "spawn" everywhere: a fork would copy our threads' locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        self._is_killed, self._tell_killed = context.Pipe(duplex=False)
        self._process = context.Process(target=_serve, args=(serve, theirs), name=name, daemon=True)
        start_uninterrupted(self._process)
        theirs.close()

    def wait_for_disk(self) -> None:
        """Return when there is an answer, which takes as long as its disk takes to hand over the picture.

        Raises:
            TooSlowError: That is too long.
        """
        self._wait(READ_SECONDS, UnreadableError("It takes too long to come from its disk."))

    def wait_for_decoder(self, seconds: float) -> None:
        """Return when there is an answer, which takes as long as the decoder.

        Raises:
            TooSlowError: That is too long.
        """
        self._wait(seconds, DecodeError("It takes too long to decode, so it is damaged."))

    def _wait(self, seconds: float, late: DecodeError) -> None:
        answers = wait([self.pipe, self._is_killed], seconds)
        if not answers:
            raise TooSlowError(late)
        if self._is_killed in answers:
            raise EOFError  # whether it has ended, or hangs over its disk and cannot

    def kill(self) -> None:
        """End the process, which has nothing to lose. May be called from any thread, also while another one waits."""
        self._process.kill()
        with suppress(OSError):  # it is closed already
            self._tell_killed.send_bytes(b"killed")

    def wait_for_end(self, seconds: float) -> None:
        """Return when the process has ended, or after some time: one whose disk is silent cannot be killed."""
        self._process.join(seconds)

    def close(self) -> None:
        """End the process and close the pipe, on which nobody waits."""
        self.kill()
        self.wait_for_end(STOP_SECONDS)
        for pipe in (self.pipe, self._is_killed, self._tell_killed):
            pipe.close()


class DecoderPool:
    """A few processes, each started when it is first needed. May be used from as many threads at once."""

    def __init__(self, count: int, start: Callable[[], DecoderProcess]) -> None:
        """Take note of how a process is started."""
        self._start_one = start
        self._idle: LifoQueue[DecoderProcess | None] = LifoQueue()  # one that runs before one that is to be started
        self._alive: set[DecoderProcess] = set()
        self._is_closed = False
        for _ in range(count):
            self._idle.put(None)

    def use(self, task: Callable[[DecoderProcess], T]) -> T:
        """Return what a task gets from a process.

        Raises:
            UnreadableError: The picture does not come from its disk, or no process can be started.
            DecodeError: The task raised it, or the picture holds up its decoder.
            ProcessDiedError: The process ended.
        """
        process, is_usable = self._idle.get() or self._start(), False
        try:
            answer = task(process)
            is_usable = True
        except DecodeError:
            is_usable = True
            raise
        except TooSlowError as slow:
            raise slow.error from slow
        except (EOFError, OSError) as error:
            raise ProcessDiedError from error
        finally:
            if not is_usable:  # it died, or was left in the middle of a picture and may answer yet
                self._alive.discard(process)
                process.close()
            self._idle.put(process if is_usable else None)
        return answer

    def insist(self, task: Callable[[DecoderProcess], T]) -> T:
        """Return what a task gets from a process, or from the next one if the first ends.

        Raises:
            UnreadableError: The picture does not come from its disk, or no process can be started.
            DecodeError: The task raised it, or the picture crashes or holds up its decoder.
        """
        try:
            return self.use(task)
        except ProcessDiedError:
            # Whoever is short of memory may have ended it over any picture: only the second time is it to blame.
            pass
        try:
            return self.use(task)
        except ProcessDiedError as error:
            raise DecodeError("It crashes its decoder, so it is damaged.") from error

    def close(self) -> None:
        """End the processes, also in the middle of a picture. May be called twice."""
        self._is_closed = True
        alive = tuple(self._alive)
        for process in alive:
            process.kill()
        end = time.monotonic() + STOP_SECONDS
        for process in alive:
            process.wait_for_end(max(0.0, end - time.monotonic()))

    def _start(self) -> DecoderProcess:
        try:
            if not self._is_closed:
                process = self._start_one()
                self._alive.add(process)
                if not self._is_closed:
                    return process
                process.close()  # too late for `close` to have seen it, perhaps
        except OSError as error:
            self._idle.put(None)
            raise UnreadableError(f"No process could be started to read it: {error.strerror or error}.") from error
        self._idle.put(None)
        raise UnreadableError("The program was ended.")


def _serve(serve: Callable[[Connection], None], pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; the one that started us decides what it means.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):  # the program has ended, or has enough
        serve(pipe)
