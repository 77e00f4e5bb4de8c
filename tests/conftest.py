from __future__ import annotations

import os
import signal
from contextlib import closing
from typing import TYPE_CHECKING

import hypothesis
import pytest
from hypothesis import HealthCheck, settings

from core.vectors.connection import Server
from tests.helpers.search_index.milvus_server import TOKEN, is_available, milvus_server

if TYPE_CHECKING:
    from collections.abc import Iterator


# An example may take as long as a busy machine makes it take.
hypothesis.settings.register_profile("no deadline", deadline=None)
hypothesis.settings.load_profile("no deadline")

# No test may write into the keyring of whoever runs it. Those of the keyring itself bring one of their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

# How long an example takes says how busy the machine is, and nothing about the program.
settings.register_profile("semblance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("semblance")

# What a shell starts in the background ignores Ctrl-C, and so would the programs whose Ctrl-C is tested.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The window's tests share one event loop, which runs from the first of them to the end of the session; after it,
    # nothing else could start one of its own.
    items.sort(key=lambda item: item.nodeid.startswith("tests/desktop/"))


@pytest.fixture(scope="session")
def server_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a real Milvus server, one for all tests."""
    if not is_available():
        pytest.skip("needs the package milvus, which carries a server for Linux")
    with milvus_server(tmp_path_factory.mktemp("milvus") / "server") as server:
        yield Server(server.uri, TOKEN)


@pytest.fixture
def empty_server(server_address: Server) -> Iterator[Server]:
    """Return the same server, on which no photos of the real model are, and from which they are deleted afterwards."""
    from pymilvus import MilvusClient

    yield server_address
    with closing(MilvusClient(uri=server_address.uri, token=server_address.token)) as client:
        for name in client.list_collections():
            if "efficientnet" in name:
                client.drop_collection(name)
