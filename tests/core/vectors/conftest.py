from __future__ import annotations

from contextlib import closing
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING

import pytest
from pymilvus import MilvusClient

from core.vectors.exact import ExactIndex
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, collection_name
from tests.core.vectors.rows import DIM

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.vectors.index import VectorIndex

COLLECTIONS = count(1)


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


@pytest.fixture
def emptied_milvus(lite: Lite) -> Iterator[MilvusIndex]:
    """Return an index without rows. Not a new one: to make a collection takes half a second."""
    with closing(MilvusIndex(lite.address, "", "shared", DIM)) as index:
        with closing(MilvusClient(uri=lite.address)) as client:
            client.delete(collection_name("shared"), filter="id >= 0")
        yield index


@pytest.fixture(params=["exact", "milvus"])
def index(request: pytest.FixtureRequest) -> VectorIndex:
    index: VectorIndex = ExactIndex() if request.param == "exact" else request.getfixturevalue("emptied_milvus")
    return index
