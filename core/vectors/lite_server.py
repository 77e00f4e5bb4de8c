"""Milvus Lite in a process of its own.

Lite is pure Python: in our process it would fight the window for the interpreter lock. It listens on the loopback
address only, on a free port that the system chooses, and ends with us, also when we are killed.
"""

from __future__ import annotations

import logging
import multiprocessing
import os
import signal
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import VectorIndexError
from core.workers import start_unmoved

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from pathlib import Path

MEMTABLE_BYTES = 4 << 20  # a row that is not flushed costs 50 us in every search
START_SECONDS = 60.0
LOCK_SECONDS = 10.0
STOP_SECONDS = 10.0


class LiteServer:
    """The process that serves one data folder."""

    def __init__(self, folder: Path) -> None:
        """Start the process. It needs most of a second; `address` waits for it."""
        self._folder = folder
        # "spawn" everywhere: a fork would copy our threads' locks in whatever state they are.
        context = multiprocessing.get_context("spawn")
        self._pipe, theirs = context.Pipe()
        self._process = context.Process(
            target=_serve, args=(str(folder), theirs), name="semblance-milvus-lite", daemon=True
        )
        start_unmoved(self._process)
        theirs.close()

    def address(self) -> str:
        """Return the uri under which the process answers. Asked once.

        Raises:
            VectorIndexError: The process could not open the folder.
        """
        answer: object = "it did not answer"
        try:
            if self._pipe.poll(START_SECONDS):
                answer = self._pipe.recv()
        except EOFError:
            answer = "its process ended"
        if isinstance(answer, int):
            return f"http://127.0.0.1:{answer}"
        raise VectorIndexError(
            f"The local search index in {self._folder} could not be opened: {answer}. If this stays so, delete that "
            "folder; the index is then built again from the catalog."
        )

    def close(self) -> None:
        """Ask the process to write what it has and end, and wait for it. May be called twice."""
        self._pipe.close()
        self._process.join(STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()


def _serve(folder: str, pipe: Connection) -> None:
    # Ctrl-C reaches every process of the terminal; ours decides what to do and closes the pipe when it is done.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # What goes wrong here is in the answer to the one who asked; its traceback is not for the user's screen.
    logging.disable()
    os.environ["MILVUS_LITE_MEMTABLE_MEMORY_LIMIT_BYTES"] = str(MEMTABLE_BYTES)
    from milvus_lite.adapter.grpc.server import start_server_in_thread
    from milvus_lite.exceptions import DataDirLockedError

    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            server, database, port = start_server_in_thread(folder, host="127.0.0.1", port=0)
            break
        except DataDirLockedError as error:
            # The process of a program that was just killed may still be writing what it has.
            if time.monotonic() > deadline:
                _tell(pipe, str(error))
                return
            time.sleep(0.1)
        except Exception as error:  # noqa: BLE001 - whatever it is, it is said by the process that can tell the user
            _tell(pipe, f"{type(error).__name__}: {error}")
            return
    _tell(pipe, port)
    try:
        pipe.recv()
    except (EOFError, OSError):
        server.stop(grace=2).wait()
        database.close()


def _tell(pipe: Connection, answer: int | str) -> None:
    with suppress(OSError):  # nobody waits for it where the program was cancelled or killed meanwhile
        pipe.send(answer)
