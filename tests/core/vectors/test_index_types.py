"""That an index is of the type and metric that were asked for, and built and searched with their parameters."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from itertools import product
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.errors import VectorIndexError
from core.vectors.connection import connect
from core.vectors.exact import ExactIndex
from core.vectors.milvus import MilvusIndex, collection_name
from core.vectors.schema import Metric, parse
from tests.helpers.limits import HANGING
from tests.helpers.search_index.vector_rows import ids, rows, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.vectors.connection import Server

DIM = 32
VECTORS = units(2000, dim=DIM)
QUERIES = units(20, seed=1, dim=DIM)
TYPES = ["FLAT", "IVF_FLAT,nlist=16,nprobe=16", "IVF_SQ8,nlist=16,nprobe=16", "HNSW,M=4,efConstruction=40,ef=300"]
WAYS = list(product(TYPES, Metric))
MODEL = "types"


def open_index(address: Server, text: str, metric: str = Metric.IP) -> MilvusIndex:
    return MilvusIndex(address, MODEL, DIM, parse(text, metric))


def fill(address: Server, text: str, metric: str) -> None:
    with closing(open_index(address, text, metric)) as index:
        index.upsert(rows(VECTORS))


def fingerprint(address: Server, text: str, metric: str = Metric.IP) -> None:
    """Return when searches go through the index: before, Milvus compares new rows one by one."""
    name = collection_name(MODEL, parse(text, metric))
    with closing(open_index(address, text, metric)) as index:
        index.flush()
    with closing(connect(address)) as client:
        deadline = time.monotonic() + HANGING
        while client.describe_index(name, "vector")["indexed_rows"] < len(VECTORS):
            assert time.monotonic() < deadline, "the index is not built"
            time.sleep(0.1)
        client.release_collection(name)
        client.load_collection(name)


def recall(index: MilvusIndex) -> float:
    exact = ExactIndex()
    exact.upsert(rows(VECTORS))
    pairs = zip(index.search(QUERIES, 10), exact.search(QUERIES, 10), strict=True)
    return float(np.mean([len(set(ids(found)) & set(ids(truth))) / 10 for found, truth in pairs]))


@pytest.fixture(scope="session")
def lite_with_all(lite_address: Server) -> Server:
    return with_all(lite_address, fingerprint)


@pytest.fixture(scope="session")
def server_with_all(server_address: Server) -> Server:
    return with_all(server_address, lambda *_: None)


def with_all(address: Server, finish: Callable[[Server, str, str], None]) -> Server:
    """Return an address that has an index of each type and metric, with the same rows."""

    def make(way: tuple[str, Metric]) -> None:
        fill(address, *way)
        finish(address, *way)

    # One takes half a second or, on a server, some seconds, most of them spent waiting.
    with ThreadPoolExecutor(len(WAYS)) as pool:
        list(pool.map(make, WAYS))
    return address


@pytest.fixture(scope="session", params=["lite", "server"])
def filled(request: pytest.FixtureRequest) -> Server:
    address: Server = request.getfixturevalue(f"{request.param}_with_all")
    return address


@pytest.mark.parametrize(("text", "metric"), WAYS)
def test_index_is_built_as_it_was_asked_for(filled: Server, text: str, metric: Metric) -> None:
    with closing(connect(filled)) as client:
        there = client.describe_index(collection_name(MODEL, parse(text, metric)), "vector")

    assert (there["index_type"], there["metric_type"]) == (text.partition(",")[0], metric)
    build = parse(text).build
    assert {name: int(there.get(name, there.get("params", {}).get(name, 0))) for name in build} == build


@pytest.mark.parametrize(("text", "metric"), WAYS)
def test_score_is_the_cosine_whatever_the_type_and_the_metric(filled: Server, text: str, metric: Metric) -> None:
    with closing(open_index(filled, text, metric)) as index:
        answers = index.search(np.concatenate([QUERIES, VECTORS[:1]]), 5)

    for query, found in zip(QUERIES, answers, strict=False):
        scores = [match.score for match in found]
        assert scores == sorted(scores, reverse=True)
        assert len(set(ids(found))) == 5
        exact = [float(VECTORS[match.id - 1] @ query) for match in found]
        assert scores == pytest.approx(exact, abs=0.01 if text.startswith("IVF_SQ8") else 1e-5)
    assert ids(answers[-1])[0] == 1


@pytest.mark.parametrize(
    ("text", "hasty", "thorough"),
    [
        ("IVF_FLAT,nlist=16", "nprobe=1", "nprobe=16"),
        ("IVF_SQ8,nlist=16", "nprobe=1", "nprobe=16"),
        ("HNSW,M=4,efConstruction=40", "ef=10", "ef=500"),
    ],
)
@pytest.mark.parametrize("location", ["lite", pytest.param("server", marks=pytest.mark.slow)])
def test_search_parameters_trade_recall_for_time(
    request: pytest.FixtureRequest, location: str, text: str, hasty: str, thorough: str
) -> None:
    address: Server = request.getfixturevalue(f"{location}_with_all")
    fingerprint(address, text)

    with (
        closing(open_index(address, f"{text},{hasty}")) as fast,
        closing(open_index(address, f"{text},{thorough}")) as slow,
    ):
        assert recall(fast) < 0.7 < 0.9 < recall(slow)


@pytest.mark.parametrize("location", ["lite", pytest.param("server", marks=pytest.mark.slow)])
def test_more_may_be_asked_for_than_a_graph_is_searched_for(request: pytest.FixtureRequest, location: str) -> None:
    address: Server = request.getfixturevalue(f"{location}_with_all")
    fingerprint(address, "HNSW,M=4,efConstruction=40")

    with closing(open_index(address, "HNSW,M=4,efConstruction=40,ef=10")) as index:
        assert len(index.search(QUERIES[:1], 500)[0]) == 500


def test_vectors_of_another_length_are_refused(filled: Server) -> None:
    with closing(open_index(filled, "FLAT")) as index:
        sentence = f"belongs to another model: its embeddings have {DIM} numbers, not {DIM + 1}."
        with pytest.raises(VectorIndexError, match=sentence):
            index.upsert(rows(units(1, dim=DIM + 1)))
        with pytest.raises(VectorIndexError, match=sentence):
            index.search(units(1, dim=DIM + 1), 1)

        assert index.count() == len(VECTORS)
