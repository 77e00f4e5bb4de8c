from __future__ import annotations

from contextlib import closing, contextmanager
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from pymilvus import MilvusClient

from core.vectors.exact import ExactIndex
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, collection_name
from tests.core.vectors.rows import DIM
from tests.milvus_server import TOKEN, is_available, milvus_server

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.vectors.index import VectorIndex

COLLECTIONS = count(1)


@dataclass(frozen=True, slots=True)
class Address:
    """Where a Milvus answers, and what lets us in."""

    uri: str
    token: str = ""


@dataclass(frozen=True, slots=True)
class Lite:
    """A Milvus Lite that answers at `address`, and a second one that was started on the same folder.

    The second is started early, because it hopes for some seconds that the first may be about to end.
    """

    address: str
    second: LiteServer


@pytest.fixture(scope="session")
def lite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lite]:
    folder = tmp_path_factory.mktemp("lite") / "milvus.db"
    with closing(LiteServer(folder)) as server:
        address = server.address()
        with closing(LiteServer(folder)) as second:
            yield Lite(address, second)


@pytest.fixture
def model() -> str:
    """Return the name of a model that no other test has."""
    return f"model-{next(COLLECTIONS)}"


@pytest.fixture
def milvus(lite: Lite, model: str) -> Iterator[MilvusIndex]:
    with closing(MilvusIndex(lite.address, "", model, DIM)) as index:
        yield index


@pytest.fixture(scope="session")
def lite_address(lite: Lite) -> Address:
    return Address(lite.address)


@pytest.fixture(scope="session")
def server_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Address]:
    if not is_available():
        pytest.skip("needs the package milvus, which carries a server for Linux")
    with milvus_server(tmp_path_factory.mktemp("milvus") / "server") as server:
        yield Address(server.uri, TOKEN)


@pytest.fixture(params=["lite", "server"])
def address(request: pytest.FixtureRequest) -> Address:
    address: Address = request.getfixturevalue(f"{request.param}_address")
    return address


@pytest.fixture(params=["exact", "lite", "server"])
def index(request: pytest.FixtureRequest) -> Iterator[VectorIndex]:
    if request.param == "exact":
        yield ExactIndex()
    else:
        with emptied(request.getfixturevalue(f"{request.param}_address")) as index:
            yield index


@pytest.fixture
def emptied_lite(lite_address: Address) -> Iterator[MilvusIndex]:
    with emptied(lite_address) as index:
        yield index


@pytest.fixture
def emptied_server(server_address: Address) -> Iterator[MilvusIndex]:
    with emptied(server_address) as index:
        yield index


@contextmanager
def emptied(address: Address) -> Iterator[MilvusIndex]:
    """Give an index without rows. Not a new one: to make a collection takes Lite half a second, a server three."""
    with closing(MilvusIndex(address.uri, address.token, "shared", DIM)) as index:
        with closing(MilvusClient(uri=address.uri, token=address.token)) as client:
            client.delete(collection_name("shared"), filter="id >= 0")
        yield index
