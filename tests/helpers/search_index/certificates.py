"""An authority of our own, its certificates, and a proxy that encrypts for a server that does not."""

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

from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HERE = "IP:127.0.0.1"
ELSEWHERE = "DNS:elsewhere.example"
CHUNK = 1 << 16


@dataclass(frozen=True, slots=True)
class Authority:
    """The files of an authority: `file` is what those who trust it have."""

    folder: Path

    @property
    def file(self) -> Path:
        return self.folder / "authority.pem"

    def certify(self, name: str, days: int = 2) -> Path:
        """Return a file with a certificate for a name, and its key."""
        names, request, made = (self.folder / file for file in ("names", "request.pem", f"made-{days}-{name[:3]}.pem"))
        names.write_text(f"subjectAltName={name}\n")
        _openssl("req", "-new", "-key", self.folder / "key.pem", "-subj", "/CN=server", "-out", request)
        signing = ("-CA", self.file, "-CAkey", self.folder / "key.pem", "-set_serial", "1")
        _openssl("x509", "-req", "-in", request, *signing, "-days", str(days), "-extfile", names, "-out", made)
        made.write_bytes(made.read_bytes() + (self.folder / "key.pem").read_bytes())
        return made


def make_authority(folder: Path) -> Authority:
    """Return an authority that did not exist before. Skips the test where the means are missing."""
    if not shutil.which("openssl"):
        pytest.skip("needs the program openssl, which makes certificates")
    folder.mkdir()
    _openssl("ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", folder / "key.pem")
    authority = Authority(folder)
    request = ("req", "-x509", "-new", "-key", folder / "key.pem", "-subj", "/CN=authority", "-days", "2")
    _openssl(*request, "-out", authority.file)
    return authority


def _openssl(*arguments: str | Path) -> None:
    subprocess.run(["openssl", *arguments], check=True, capture_output=True, timeout=HANGING)


@contextmanager
def tls_proxy(certificate: Path, target: int, protocol: str = "h2") -> Iterator[int]:
    """Give a port of this computer that speaks TLS and hands everything on to the port `target`."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    context.set_alpn_protocols([protocol])
    started: Queue[tuple[int, asyncio.AbstractEventLoop, asyncio.Event]] = Queue()

    async def serve() -> None:
        over = asyncio.Event()
        server = await asyncio.start_server(partial(_join, target), "127.0.0.1", 0, ssl=context)
        started.put((server.sockets[0].getsockname()[1], asyncio.get_running_loop(), over))
        await over.wait()
        server.close()

    thread = threading.Thread(target=lambda: asyncio.run(serve()))
    thread.start()
    port, loop, over = started.get(timeout=HANGING)
    try:
        yield port
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join(HANGING)


async def _join(target: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer), suppress(OSError, asyncio.CancelledError):
        there, back = await asyncio.open_connection("127.0.0.1", target)
        with closing(back):
            await asyncio.gather(_pump(reader, back), _pump(there, writer))


async def _pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with closing(writer):
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
