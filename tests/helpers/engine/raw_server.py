"""A local server that answers with whatever bytes a test wants, valid HTTP or not."""

from __future__ import annotations

import socket
from contextlib import suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from typing import TYPE_CHECKING

from tests.helpers.engine.serving import serving

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager


class RawServer(ThreadingTCPServer):
    """Calls `answer` with the connection after each request, and then closes it."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[socket.socket], None] = lambda _: None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


def running() -> AbstractContextManager[RawServer]:
    return serving(RawServer())


class _Handler(BaseRequestHandler):
    server: RawServer
    request: socket.socket

    def handle(self) -> None:
        with suppress(OSError):  # the client had enough
            self.request.recv(1 << 16)
            self.server.answer(self.request)
            self.request.shutdown(socket.SHUT_WR)
