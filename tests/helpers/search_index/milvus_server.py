"""A real Milvus server from the `milvus` package, with authentication enabled. Linux only."""

from __future__ import annotations

import importlib.util
import os
import signal
import socket
import subprocess
import sys
import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator

USER = "root"
PASSWORD = "Milvus"
TOKEN = f"{USER}:{PASSWORD}"
PARTS = [
    *("proxy-internal", "root-coord", "query-coord", "query-node", "index-coord", "index-node"),
    *("data-coord", "data-node"),
]
# The server ends with this process, even if this process is killed, because its standard input is closed then.
RUN = """
import os, signal, sys, threading
from milvus import main

threading.Thread(target=lambda: (sys.stdin.read(), os.killpg(0, signal.SIGKILL)), daemon=True).start()
main()
"""
ETCD = """\
name: default
listen-client-urls: {clients}
advertise-client-urls: {clients}
listen-peer-urls: {peers}
initial-advertise-peer-urls: {peers}
initial-cluster: default={peers}
"""


@dataclass(frozen=True, slots=True)
class MilvusServer:
    """A running server. `pid` is the process of the server itself, not the one that started it."""

    port: int
    pid: int

    @property
    def uri(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def kill(self) -> None:
        """End the server at once, as a power cut would."""
        os.kill(self.pid, signal.SIGKILL)


def is_available() -> bool:
    """Return whether the package with the server is installed."""
    return sys.platform == "linux" and importlib.util.find_spec("milvus") is not None


@contextmanager
def milvus_server(folder: Path, port: int = 0) -> Iterator[MilvusServer]:
    """Start a server with its data in a folder, and end it afterwards. Without a `port`, it takes a free one."""
    free, etcd_port, peer_port, *others = _free_ports(3 + len(PARTS))
    if port:
        _wait_until_free(port)
    port = port or free
    command: list[str | Path] = [
        *(sys.executable, "-c", RUN, "--data", folder),
        *("--proxy-port", str(port), "--etcd-port", str(etcd_port)),
        # By default, each server takes the first free ports of the same range, and two that start at once collide.
        *(word for part, other in zip(PARTS, others, strict=True) for word in (f"--{part}-port", str(other))),
        *("--extra-config", "common.security.authorizationEnabled=true"),
        # Writes become visible after a tick.
        *("--extra-config", "proxy.timeTickInterval=50"),
    ]
    # The embedded etcd ignores the ports on the command line.
    etcd = folder.parent / f"{folder.name}.etcd.yaml"
    etcd.write_text(ETCD.format(clients=f"http://127.0.0.1:{etcd_port}", peers=f"http://127.0.0.1:{peer_port}"))
    environment = os.environ | {"ETCD_CONFIG_PATH": str(etcd)}
    with (folder.parent / f"{folder.name}.log").open("w") as log:
        starter = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=log, stderr=log, env=environment, start_new_session=True
        )
        try:
            _wait_until_it_answers(port, starter)
            yield MilvusServer(port, _only_child(starter.pid))
        finally:
            starter.communicate()


def free_port() -> int:
    """Return a port that is free at the moment."""
    (port,) = _free_ports(1)
    return port


def _free_ports(count: int) -> list[int]:
    with ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [int(probe.getsockname()[1]) for probe in probes]


def _wait_until_free(port: int) -> None:
    """Return when a port is free. Connections to a killed server may occupy it for a minute."""
    deadline = time.monotonic() + HANG_TIMEOUT
    while time.monotonic() < deadline:
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return
        time.sleep(0.2)
    raise TimeoutError(f"The port {port} does not become free.")  # the server would silently take the next one


def _only_child(pid: int) -> int:
    (child,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return int(child)


def _wait_until_it_answers(port: int, starter: subprocess.Popen[bytes]) -> None:
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    deadline = time.monotonic() + HANG_TIMEOUT
    while time.monotonic() < deadline:
        if starter.poll() is not None:
            raise RuntimeError(f"The Milvus server exited with status {starter.returncode} during startup.")
        try:
            client = MilvusClient(f"http://127.0.0.1:{port}", token=TOKEN, timeout=2, dedicated=True)
            client.list_collections(timeout=2)
            client.close()
        except MilvusException:
            time.sleep(0.2)
        else:
            return
    raise TimeoutError("The Milvus server did not answer in time.")
