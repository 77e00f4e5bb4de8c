from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest

from core.vectors.connection import Server, connect
from core.vectors.exact import ExactIndex
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, collection_name
from core.vectors.schema import LITE, automatic
from tests.helpers.search_index.unpatched_lite import unpatched_lite
from tests.helpers.search_index.vector_rows import DIM, SHARED

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.vectors.index import VectorIndex

COLLECTIONS = count(1)


@dataclass(frozen=True, slots=True)
class Lite:
    """A Milvus Lite, and a second one that was started on the same folder.

    The second is started early, because it waits some seconds for the first to end before it gives up.
    """

    server: Server
    second: LiteServer


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    folder = tmp_path_factory.mktemp("lite") / "milvus.db"
    with closing(LiteServer(folder)) as server:
        address = Server(server.address(), is_local=True)
        with closing(LiteServer(folder)) as second:
            yield Lite(address, second)


@pytest.fixture
def model() -> str:
    """Return a model name that no other test uses."""
    return f"model-{next(COLLECTIONS)}"


@pytest.fixture
def milvus(lite: Lite, model: str) -> Iterator[MilvusIndex]:
    with closing(MilvusIndex(lite.server, model, DIM, LITE)) as index:
        yield index


@pytest.fixture(scope="session")
def lite_address(lite: Lite) -> Server:
    return lite.server


@pytest.fixture(scope="session")
def unpatched_lite_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """Return a Milvus Lite that runs unpatched, as an untested version does."""
    with unpatched_lite():  # not around the yield, because servers that other tests start must be patched
        server = LiteServer(tmp_path_factory.mktemp("unpatched") / "milvus.db")
    with closing(server):
        yield Server(server.address(), is_local=True)


@pytest.fixture(params=["exact", "lite", "unpatched_lite", "server"])
def index(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    if request.param == "exact":
        yield ExactIndex()
    else:
        with emptied(request.getfixturevalue(f"{request.param}_address")) as index:
            yield index


@pytest.fixture
def emptied_lite(lite_address: Server) -> Iterator[MilvusIndex]:
    with emptied(lite_address) as index:
        yield index


@pytest.fixture
def emptied_server(server_address: Server) -> Iterator[MilvusIndex]:
    with emptied(server_address) as index:
        yield index


@contextmanager
def emptied(server: Server) -> Iterator[MilvusIndex]:
    """Yield an emptied index. Creating a collection instead takes Lite half a second, and a server three."""
    spec = automatic(0, local=server.is_local)
    with closing(MilvusIndex(server, SHARED, DIM, spec)) as index:
        with closing(connect(server)) as client:
            client.delete(collection_name(SHARED, spec), filter="id >= 0")
        yield index
