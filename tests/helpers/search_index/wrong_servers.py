"""What may listen at an address instead of a Milvus, and what is told of it."""

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
def silent() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield listening.getsockname()[1]


@contextmanager
def nobody() -> Iterator[int]:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


@contextmanager
def web_server() -> Iterator[int]:
    class Quiet(http.server.BaseHTTPRequestHandler):
        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name there
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Quiet) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield server.server_port
        finally:
            server.shutdown()
            thread.join()


def failure(server: Server, is_cancelled: Callable[[], bool] = lambda: False) -> VectorIndexError:
    with pytest.raises(VectorIndexError) as error:
        MilvusIndex(server, "model", DIM, SERVER, is_cancelled)
    assert TOKEN.partition(":")[2] not in str(error.value)
    return error.value


def passes(error: VectorIndexError) -> bool:
    """Tell whether it is worth trying again by itself."""
    return isinstance(error, UnreachableIndexError)
