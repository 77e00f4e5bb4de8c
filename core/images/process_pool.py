"""Decode worker processes: a picture that crashes or blocks its decoder does not affect the rest of the program.

Separate processes also avoid sharing an interpreter lock with one another and with the window.
"""

from __future__ import annotations

import signal
import time
from contextlib import suppress
from multiprocessing import Pipe
from multiprocessing.connection import wait
from queue import LifoQueue
from typing import TYPE_CHECKING, TypeVar

from core.errors import DecodeError, UnreadableError
from core.processes import start_process

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.connection import Connection

T = TypeVar("T")

READ_SECONDS = 300.0
"""The time limit for reading a photo from its disk."""

DECODE_SECONDS = 60.0
"""The time limit for decoding a picture, many times what the largest permitted picture takes."""

STOP_SECONDS = 1.0


class ProcessDiedError(Exception):
    """The process ended while it processed a picture."""


class TooSlowError(Exception):
    """A picture takes too long. `error` is the error to report."""

    def __init__(self, error: DecodeError) -> None:
        super().__init__(str(error))
        self.error = error


class DecoderProcess:
    """A process that handles one picture at a time, controlled through `pipe`."""

    def __init__(self, name: str, serve: Callable[[Connection], None]) -> None:
        """Start the process, which calls `serve` with its end of the pipe.

        Raises:
            OSError: The system cannot start a process.
        """
        self.pipe, child_end = Pipe()
        self._kill_receiver, self._kill_sender = Pipe(duplex=False)
        self._process = start_process(name, _serve, serve, child_end)
        child_end.close()

    def wait_for_disk(self) -> None:
        """Wait for a reply while the process reads the picture from its disk.

        Raises:
            TooSlowError: No reply came within `READ_SECONDS`.
        """
        self._wait(READ_SECONDS, UnreadableError("Reading the file took too long."))

    def wait_for_decoder(self, seconds: float) -> None:
        """Wait for a reply while the process decodes the picture.

        Raises:
            TooSlowError: No reply came within `seconds`.
        """
        self._wait(seconds, DecodeError("The file is damaged: decoding it took too long."))

    def _wait(self, seconds: float, error: DecodeError) -> None:
        ready = wait([self.pipe, self._kill_receiver], seconds)
        if not ready:
            raise TooSlowError(error)
        if self._kill_receiver in ready:
            raise EOFError  # without waiting for its end, which a disk that does not respond can delay

    def kill(self) -> None:
        """Kill the process, which has no data to lose. Any thread may call this, even while another one waits."""
        self._process.kill()
        with suppress(OSError):  # the pipe is already closed
            self._kill_sender.send_bytes(b"killed")

    def wait_for_end(self, seconds: float) -> None:
        """Wait at most `seconds` for the process to end. A disk that does not respond can prevent its end."""
        self._process.join(seconds)

    def close(self) -> None:
        """End the process and close its pipe. No thread may be waiting for a reply."""
        self.kill()
        self.wait_for_end(STOP_SECONDS)
        for pipe in (self.pipe, self._kill_receiver, self._kill_sender):
            pipe.close()


class DecoderPool:
    """A fixed number of processes, each started when it is first needed. As many threads may use the pool at once."""

    def __init__(self, count: int, start: Callable[[], DecoderProcess]) -> None:
        self._count = count
        self._start_one = start
        self._idle: LifoQueue[DecoderProcess | None] = LifoQueue()  # None stands for a process yet to be started
        self._alive: set[DecoderProcess] = set()
        self._is_closed = False
        for _ in range(count):
            self._idle.put(None)

    def start_early(self) -> None:
        """Start a process ahead of the first task, unless one already runs or is being started for a task.

        Raises:
            UnreadableError: No process can be started.
        """
        if not self._alive and self._idle.qsize() == self._count:
            self.use(lambda _: None)

    def use(self, task: Callable[[DecoderProcess], T]) -> T:
        """Run a task with a process and return its result.

        Raises:
            UnreadableError: Reading the picture took too long, or no process can be started.
            DecodeError: The task raised it, or decoding took too long.
            ProcessDiedError: The process ended.
        """
        process, is_usable = self._idle.get() or self._start(), False
        try:
            result = task(process)
            is_usable = True
        except DecodeError:
            is_usable = True
            raise
        except TooSlowError as slow:
            raise slow.error from slow
        except (EOFError, OSError) as error:
            raise ProcessDiedError from error
        finally:
            if not is_usable:  # the process died, or is still working on a picture and may reply late
                self._alive.discard(process)
                process.close()
            self._idle.put(process if is_usable else None)
        return result

    def use_with_retry(self, task: Callable[[DecoderProcess], T]) -> T:
        """Run a task like `use`, but try once more with another process if the first one dies.

        Raises:
            UnreadableError: Reading the picture took too long, or no process can be started.
            DecodeError: The task raised it, decoding took too long, or the picture made the decoder crash.
        """
        try:
            return self.use(task)
        except ProcessDiedError:
            # The system may have killed the process because memory was short. Only a second failure blames the picture.
            pass
        try:
            return self.use(task)
        except ProcessDiedError as error:
            raise DecodeError("The file is damaged and makes the decoder crash.") from error

    def close(self) -> None:
        """End the processes, even while they decode a picture. May be called twice."""
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
                process.close()  # `close` may have run before this process was added
        except OSError as error:
            self._idle.put(None)
            raise UnreadableError(
                f"No process could be started to read the file: {error.strerror or error}."
            ) from error
        self._idle.put(None)
        raise UnreadableError("The file was not read because Semblance is closing.")


def _serve(serve: Callable[[Connection], None], pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal. The parent process handles it and ends this one if needed.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(EOFError, OSError):  # the parent process has ended, or has closed the pipe
        serve(pipe)
