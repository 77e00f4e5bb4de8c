"""A local server that answers with whatever bytes a test wants, valid HTTP or not."""

from __future__ import annotations

import socket
from contextlib import contextmanager, suppress
from socketserver import BaseRequestHandler, ThreadingTCPServer
from threading import Thread
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


class RawServer(ThreadingTCPServer):
    """Calls `answer` with the connection after each request, and then closes it."""

    request_queue_size = 64

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answer: Callable[[socket.socket], None] = lambda _: None

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/"


@contextmanager
def running() -> Iterator[RawServer]:
    with RawServer() as server:
        thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


class _Handler(BaseRequestHandler):
    server: RawServer
    request: socket.socket

    def handle(self) -> None:
        with suppress(OSError):  # the client had enough
            self.request.recv(1 << 16)
            self.server.answer(self.request)
            self.request.shutdown(socket.SHUT_WR)
