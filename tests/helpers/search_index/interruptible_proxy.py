"""A way to a server that can be shut and opened again: as a network that goes away and comes back."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from asyncio import StreamReader, StreamWriter

CHUNK = 1 << 16


class InterruptibleProxy:
    """Hands on what comes to a port of its own; `async with` opens it. Runs in the loop of whoever enters it."""

    def __init__(self, target: int) -> None:
        self.port = 0
        self._target = target
        self._server: asyncio.Server | None = None
        self._ends: set[StreamWriter] = set()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        self.shut()

    async def open(self) -> None:
        """Let everybody through, on the same port as before."""
        self._server = await asyncio.start_server(self._join, "127.0.0.1", self.port)
        self.port = int(self._server.sockets[0].getsockname()[1])

    def shut(self) -> None:
        """Cut every connection and refuse new ones."""
        if self._server:
            self._server.close()
        for end in self._ends:
            end.transport.abort()

    async def _join(self, reader: StreamReader, writer: StreamWriter) -> None:
        there, back = await asyncio.open_connection("127.0.0.1", self._target)
        self._ends |= {writer, back}
        with suppress(OSError):
            await asyncio.gather(_pump(reader, back), _pump(there, writer))
        self._ends -= {writer, back}


async def _pump(reader: StreamReader, writer: StreamWriter) -> None:
    try:
        while data := await reader.read(CHUNK):
            writer.write(data)
            await writer.drain()
    finally:
        writer.close()
