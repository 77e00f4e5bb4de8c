"""Runs Milvus Lite in a separate process.

Milvus Lite is pure Python, so in the main process it would compete with the window for the interpreter lock. Because it
supports no passwords, it listens on a Unix socket in a folder that only this user can open. On systems without such
sockets, it listens on a free port of the loopback address. The process ends when the main process ends, even if that is
killed.
"""

from __future__ import annotations

import logging
import os
import shutil
import signal
import sys
import tempfile
import time
from contextlib import suppress
from enum import StrEnum
from functools import partial
from multiprocessing import Pipe
from typing import TYPE_CHECKING

from core.errors import DamagedIndexError, VectorIndexError
from core.processes import start_process
from core.vectors import lite_memory

if TYPE_CHECKING:
    from collections.abc import Collection
    from multiprocessing.connection import Connection
    from pathlib import Path

START_SECONDS = 60.0
LOCK_SECONDS = 10.0
STOP_SECONDS = 10.0
MAX_SOCKET_PATH = 100
OPEN_FILES = 8192
"""Enough for more than ten million photos. Some systems allow only 256 files by default."""

log = logging.getLogger(__name__)


class Outcome(StrEnum):
    """The result of opening the folder, as the process reports it."""

    READY = "ready"
    DAMAGED = "damaged"
    FAILED = "failed"


class LiteServer:
    """A Milvus Lite process that serves one data folder."""

    def __init__(self, folder: Path) -> None:
        """Start the process without waiting for it. It needs almost a second until `address` returns."""
        self.folder = folder
        self._unpatched = ""
        self._pipe, theirs = Pipe()
        self._meeting_place = tempfile.mkdtemp(prefix="semblance-")
        self._process = start_process(
            "semblance-milvus-lite",
            _serve,
            *(str(folder), _socket(self._meeting_place), theirs, lite_memory.TESTED_VERSIONS),
        )
        theirs.close()

    @property
    def pid(self) -> int | None:
        """Return the process id."""
        return self._process.pid

    @property
    def notice(self) -> str:
        """Return a sentence for the user if Milvus Lite runs unpatched, else an empty string. Call `address` first."""
        if not self._unpatched:
            return ""
        return f"Milvus Lite runs without the patches that save memory and time: {self._unpatched}."

    def is_alive(self) -> bool:
        """Return whether the process is running."""
        return self._process.is_alive()

    def address(self) -> str:
        """Wait until the process is ready and return its URI. Call this once only.

        Raises:
            DamagedIndexError: The files in the folder are damaged.
            VectorIndexError: The process could not open the folder for another reason.
        """
        outcome, text = Outcome.FAILED, "it did not answer"
        try:
            if self._pipe.poll(START_SECONDS):
                outcome, text, self._unpatched = self._pipe.recv()
                if self.notice:
                    log.warning(self.notice)
        except EOFError:
            text = "its process ended"
        if outcome is Outcome.READY:
            return text
        if outcome is Outcome.DAMAGED:
            raise DamagedIndexError(f"The local search index in {self.folder} is damaged ({text}).")
        raise VectorIndexError(
            f"The local search index in {self.folder} could not be opened: {text}. "
            "Check that its disk is connected and writable."
        )

    def close(self) -> bool:
        """Let the process write its rows and end, and kill it if it takes too long. It is safe to call this twice.

        Return whether the process ended by itself.
        """
        self._pipe.close()
        self._process.join(STOP_SECONDS)
        if self._process.is_alive():
            self._process.kill()
            self._process.join()
        shutil.rmtree(self._meeting_place, ignore_errors=True)
        return self._process.exitcode == 0


def _socket(folder: str) -> str:
    """Return the path of the socket to listen on. It is empty if the server has to use a port instead."""
    path = os.path.join(folder, "milvus.sock")
    return path if os.name == "posix" and len(os.fsencode(path)) <= MAX_SOCKET_PATH else ""


def _serve(folder: str, socket: str, pipe: Connection, tested_versions: Collection[str]) -> None:
    # Ctrl-C reaches every process of the terminal. The main process reacts to it and closes the pipe.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Errors are reported through the pipe or in the reply to a call. Tracebacks must not reach the user's terminal.
    logging.disable()
    with open(os.devnull, "w") as nowhere:
        os.dup2(nowhere.fileno(), 2)  # FAISS writes warnings about small indexes there
    allow_open_files()
    answer = partial(_tell, pipe, lite_memory.save_memory(tested_versions))
    from milvus_lite.adapter.grpc.server import start_server_in_thread
    from milvus_lite.exceptions import DataDirLockedError

    host, location = ("unix", socket) if socket else ("127.0.0.1", 0)
    deadline = time.monotonic() + LOCK_SECONDS
    while True:
        try:
            server, database, port = start_server_in_thread(folder, host=host, port=location)
            break
        except DataDirLockedError as error:
            # If the program was just killed and restarted, its previous process may still be writing its rows.
            if time.monotonic() > deadline:
                answer(Outcome.FAILED, str(error))
                return
            time.sleep(0.1)
        except (OSError, MemoryError) as error:
            answer(Outcome.FAILED, getattr(error, "strerror", None) or str(error))
            return
        except Exception as error:  # noqa: BLE001 - damaged files can make the parsers raise anything
            answer(Outcome.DAMAGED, f"{type(error).__name__}: {error}")
            return
    answer(Outcome.READY, f"unix:{socket}" if socket else f"http://127.0.0.1:{port}")
    try:
        pipe.recv()
    except (EOFError, OSError):
        server.stop(grace=2).wait()
        database.close()
        # The main process removes this folder too, unless it was killed.
        shutil.rmtree(os.path.dirname(socket), ignore_errors=True)


def allow_open_files() -> None:
    """Raise this process's limit of open files: those with rows that have no index yet stay open, and may be many."""
    if sys.platform != "win32":
        import resource

        soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        most = OPEN_FILES if hard == resource.RLIM_INFINITY else min(OPEN_FILES, hard)
        if soft != resource.RLIM_INFINITY and soft < most:
            resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))


def _tell(pipe: Connection, unpatched: str, outcome: Outcome, text: str) -> None:
    with suppress(OSError):  # the main process no longer waits if it was cancelled or killed
        pipe.send((outcome, text, unpatched))
