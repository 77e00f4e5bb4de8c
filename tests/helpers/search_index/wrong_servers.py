"""Ports on which no Milvus server answers, and the errors of an index that connects to them."""

from __future__ import annotations

import http.server
import socket
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from core.errors import UnreachableIndexError, VectorIndexError
from core.vectors.milvus import MilvusIndex
from core.vectors.schema import SERVER
from tests.helpers.search_index.vector_rows import DIM

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.vectors.connection import Server

TOKEN = "somebody:hush-hush"


@contextmanager
def silent_port() -> Iterator[int]:
    """Yield a port that accepts connections and never answers."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def closed_port() -> Iterator[int]:
    """Yield a port that refuses connections."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def web_server() -> Iterator[int]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def connection_error(server: Server, is_cancelled: Callable[[], bool] = lambda: False) -> VectorIndexError:
    """Return the error of connecting to a server, and check that it does not show the password."""
    with pytest.raises(VectorIndexError) as error:
        MilvusIndex(server, "model", DIM, SERVER, is_cancelled)
    assert TOKEN.partition(":")[2] not in str(error.value)
    return error.value


def is_temporary(error: VectorIndexError) -> bool:
    """Return whether the program should retry the connection."""
    return isinstance(error, UnreachableIndexError)
