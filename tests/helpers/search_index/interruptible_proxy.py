"""A proxy to a server that a test can shut and open again, like a network that fails and recovers."""

from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

CHUNK = 1 << 16


class InterruptibleProxy:
    """Forwards connections from its own port to a target port. `async with` opens it, on the running loop."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._writers: set[StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shut()

    async def open(self) -> None:
        """Accept connections, on the same port as before."""
        self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server:
            self._server.close()
        for writer in self._writers:
            writer.transport.abort()

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        self._writers.add(writer)
        with suppress(OSError), closing(writer):
            target_reader, target_writer = await asyncio.open_connection("127.0.0.1", self._target)
            self._writers.add(target_writer)
            await asyncio.gather(_forward(reader, target_writer), _forward(target_reader, writer))


async def _forward(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
