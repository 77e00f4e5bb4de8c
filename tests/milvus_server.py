"""A real Milvus server for tests, from the `milvus` package: Linux only, with authentication switched on."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator

READY_S = 120.0
USER = "root"
PASSWORD = "Milvus"
TOKEN = f"{USER}:{PASSWORD}"


@dataclass(frozen=True, slots=True)
class MilvusServer:
    """A running server. `pid` is of the process that does the work."""

    uri: str
    pid: int

    def kill(self) -> None:
        """End it as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)


def is_available() -> bool:
    """Tell whether the package with the server is installed here."""
    return sys.platform == "linux" and importlib.util.find_spec("milvus") is not None


@contextmanager
def milvus_server(folder: Path) -> Iterator[MilvusServer]:
    """Start a server on a free port with its data in a folder, and end it afterwards."""
    port = free_port()
    command: list[str | Path] = [
        Path(sys.executable).with_name("milvus-server"),
        *("--data", str(folder), "--proxy-port", str(port)),
        *("--extra-config", "common.security.authorizationEnabled=true"),
    ]
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        starter = subprocess.Popen(command, stdout=log, stderr=log, start_new_session=True)
        try:
            _wait_until_it_answers(port, starter)
            yield MilvusServer(f"http://127.0.0.1:{port}", starter.pid)
        finally:
            # It takes no other signal.
            os.killpg(starter.pid, signal.SIGKILL)
            starter.wait()


def free_port() -> int:
    """Return a port that nothing listens on at the moment."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_until_it_answers(port: int, starter: subprocess.Popen[bytes]) -> None:
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    deadline = time.monotonic() + READY_S
    while time.monotonic() < deadline:
        if starter.poll() is not None:
            raise RuntimeError(f"The Milvus server ended with status {starter.returncode} while it started.")
        try:
            client = MilvusClient(f"http://127.0.0.1:{port}", token=TOKEN, timeout=2)
            client.list_collections(timeout=2)
            client.close()
        except MilvusException:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("The Milvus server did not answer in time.")
