from __future__ import annotations

import os
import signal
from contextlib import ExitStack, closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from xdist.scheduler import LoadFileScheduling

from core.vectors.connection import Server
from tests.helpers.engine.fork_server import use_fork_server
from tests.helpers.search_index.milvus_server import TOKEN, is_available, milvus_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from xdist.remote import Producer
    from xdist.scheduler import Scheduling

SHARING_MILVUS = (
    *("tests/core/cli/test_servers.py", "tests/core/vectors/"),
    *("tests/integration/test_server.py", "tests/packaging/test_milvus_privileges.py"),
)
"""Tests that run in the same worker process, because each worker would start its own Milvus servers for them."""

USING_TORCH = ("tests/core/models/", "tests/core/test_fakes.py")
"""Tests that run in the same worker process, because PyTorch takes each worker five seconds to import."""

SHARED_SERVER = pytest.StashKey[ExitStack]()
LEFT = pytest.StashKey[set[str]]()
"""The ids of the tests of SHARING_MILVUS that have not run."""

# Tests must not write to the developer's keyring. Tests of the keyring install their own.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"

# The duration of an example depends on how busy the machine is, so it must not fail a test.
settings.register_profile("semblance", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("semblance")

use_fork_server()

# A shell's background jobs ignore SIGINT. The programs that tests interrupt would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)


class SharingScheduling(LoadFileScheduling):  # type: ignore[misc]  # pytest-xdist is untyped
    """Gives all tests of a file to one worker, and all files of each group to one."""

    def _split_scope(self, nodeid: str) -> str:
        for group in (SHARING_MILVUS, USING_TORCH):
            if nodeid.startswith(group):
                return group[0]
        return str(super()._split_scope(nodeid))


def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> Scheduling | None:
    return SharingScheduling(config, log) if config.getoption("dist") == "loadfile" else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The window's tests share one event loop, which runs until the end of the session. No test after them could start
    # another loop. The largest groups come first, so that the other workers need not wait for them at the end.
    items.sort(key=lambda item: _turn(item.nodeid))


def _turn(nodeid: str) -> int:
    if nodeid.startswith("tests/desktop/"):
        return 2
    return 0 if nodeid.startswith(SHARING_MILVUS + USING_TORCH) else 1


@pytest.fixture(scope="session")
def server_address(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Start a real Milvus server for all tests."""
    if not is_available():
        pytest.skip("needs the package milvus, which contains a server for Linux")
    with ExitStack() as running:
        server = running.enter_context(milvus_server(tmp_path_factory.mktemp("milvus") / "server"))
        request.config.stash[SHARED_SERVER] = running
        yield Server(server.uri, TOKEN)


def pytest_collection_finish(session: pytest.Session) -> None:
    session.stash[LEFT] = {item.nodeid for item in session.items if item.nodeid.startswith(SHARING_MILVUS)}


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(item: pytest.Item) -> Iterator[None]:
    yield
    # A shared server would take processor time from the other tests until the end of the run.
    left = item.session.stash[LEFT]
    left.discard(item.nodeid)
    if not left and (running := item.config.stash.get(SHARED_SERVER, None)):
        running.close()


@pytest.fixture
def empty_server(server_address: Server) -> Iterator[Server]:
    """Return the shared server, and afterwards drop the collections of the default model."""
    from pymilvus import MilvusClient

    yield server_address
    with closing(MilvusClient(uri=server_address.uri, token=server_address.token)) as client:
        for name in client.list_collections():
            if "efficientnet" in name:
                client.drop_collection(name)
