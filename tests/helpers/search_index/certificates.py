"""A test certificate authority, its certificates, and a proxy that adds TLS to a server without it."""

from __future__ import annotations

import asyncio
import shutil
import ssl
import subprocess
import threading
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from functools import partial
from queue import Queue
from typing import TYPE_CHECKING

import pytest

from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "IP:127.0.0.1"
ELSEWHERE = "DNS:elsewhere.example"
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Authority:
    """The files of a certificate authority. `file` is its own certificate, which clients that trust it need."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def certify(self, name: str, days: int = 2) -> Path:
        """Return a file with a certificate for a name and its key."""
        names, request, made = (self.folder / file for file in ("names", "request.pem", f"made-{days}-{name[:3]}.pem"))
        names.write_text(f"subjectAltName={name}\n")
        _openssl("req", "-new", "-key", self.folder / "key.pem", "-subj", "/CN=server", "-out", request)
        signing = ("-CA", self.file, "-CAkey", self.folder / "key.pem", "-set_serial", "1")
        _openssl("x509", "-req", "-in", request, *signing, "-days", str(days), "-extfile", names, "-out", made)
        made.write_bytes(made.read_bytes() + (self.folder / "key.pem").read_bytes())
        return made


def make_authority(folder: Path) -> Authority:
    """Create an authority. Skips the test if openssl is not installed."""
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl to create certificates")
    folder.mkdir()
    _openssl("ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", folder / "key.pem")
    authority = Authority(folder)
    request = ("req", "-x509", "-new", "-key", folder / "key.pem", "-subj", "/CN=authority", "-days", "2")
    _openssl(*request, "-out", authority.file)
    return authority


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=HANG_TIMEOUT)


@contextmanager
def tls_proxy(certificate: Path, target: int, protocol: str = "h2") -> Iterator[int]:
    """Yield a local port that accepts TLS connections and forwards their data to the port `target`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([protocol])
    started: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        stop = asyncio.Event()
        server = await asyncio.start_server(partial(_connect, target), "127.0.0.1", 0, ssl=context)
        started.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), stop))
        await stop.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    port, loop, stop = started.get(timeout=HANG_TIMEOUT)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(stop.set)
        thread.join(HANG_TIMEOUT)


async def _connect(target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(OSError, asyncio.CancelledError):
        target_reader, target_writer = await asyncio.open_connection("127.0.0.1", target)
        with closing(target_writer):
            try:
                await asyncio.gather(_forward(reader, target_writer), _forward(target_reader, writer))
            except asyncio.CancelledError:
                # The loop is about to end, too early for a TLS connection to end properly.
                writer.transport.abort()
                target_writer.transport.abort()


async def _forward(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
