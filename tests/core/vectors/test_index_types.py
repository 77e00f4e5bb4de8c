"""An index has the requested type and metric, and is built and searched with the requested parameters."""

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
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.vector_rows import ids, rows, units

if TYPE_CHECKING:
    from collections.abc import Callable

    from core.vectors.connection import Server

DIM = 32
VECTORS = units(2000, dim=DIM)
QUERIES = units(20, seed=1, dim=DIM)
TYPES = ["FLAT", "IVF_FLAT,nlist=16,nprobe=16", "IVF_SQ8,nlist=16,nprobe=16", "HNSW,M=4,efConstruction=40,ef=300"]
SPECS = list(product(TYPES, Metric))
MODEL = "types"


def open_index(address: Server, text: str, metric: str = Metric.IP) -> MilvusIndex:
    return MilvusIndex(address, MODEL, DIM, parse(text, metric))


def fill(address: Server, text: str, metric: str) -> None:
    with closing(open_index(address, text, metric)) as index:
        index.upsert(rows(VECTORS))


def flush_and_wait_until_built(address: Server, text: str, metric: str = Metric.IP) -> None:
    """Flush and wait until searches use the index. Until then, Milvus compares new rows one by one."""
    name = collection_name(MODEL, parse(text, metric))
    with closing(open_index(address, text, metric)) as index:
        index.flush()
    with closing(connect(address)) as client:
        deadline = time.monotonic() + HANG_TIMEOUT
        while client.describe_index(name, "vector")["indexed_rows"] < len(VECTORS):
            assert time.monotonic() < deadline, "the index was not built in time"
            time.sleep(0.1)
        client.release_collection(name)
        client.load_collection(name)


def recall(index: MilvusIndex) -> float:
    exact = ExactIndex()
    exact.upsert(rows(VECTORS))
    pairs = zip(index.search(QUERIES, 10), exact.search(QUERIES, 10), strict=True)
    return float(np.mean([len(set(ids(found)) & set(ids(truth))) / 10 for found, truth in pairs]))


@pytest.fixture(scope="session")
def lite_with_all_specs(lite_address: Server) -> Server:
    return with_all_specs(lite_address, flush_and_wait_until_built)


@pytest.fixture(scope="session")
def server_with_all_specs(server_address: Server) -> Server:
    return with_all_specs(server_address, lambda *_: None)


def with_all_specs(address: Server, finish: Callable[[Server, str, str], None]) -> Server:
    """Create an index of each type and metric with the same rows, and return the address."""

    def make(spec: tuple[str, Metric]) -> None:
        fill(address, *spec)
        finish(address, *spec)

    # Each takes half a second, or some seconds on a server, and most of that time is spent waiting.
    with ThreadPoolExecutor(len(SPECS)) as pool:
        list(pool.map(make, SPECS))
    return address


@pytest.fixture(scope="session", params=["lite", "server"])
def filled(request: pytest.FixtureRequest) -> Server:
    address: Server = request.getfixturevalue(f"{request.param}_with_all_specs")
    return address


@pytest.mark.parametrize(("text", "metric"), SPECS)
def test_index_is_built_with_the_requested_type_metric_and_parameters(
    filled: Server, text: str, metric: Metric
) -> None:
    with closing(connect(filled)) as client:
        there = client.describe_index(collection_name(MODEL, parse(text, metric)), "vector")

    assert (there["index_type"], there["metric_type"]) == (text.partition(",")[0], metric)
    build = parse(text).build
    assert {name: int(there.get(name, there.get("params", {}).get(name, 0))) for name in build} == build


@pytest.mark.parametrize(("text", "metric"), SPECS)
def test_score_is_the_cosine_for_every_type_and_metric(filled: Server, text: str, metric: Metric) -> None:
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
def test_thorough_search_parameters_have_better_recall(
    request: pytest.FixtureRequest, location: str, text: str, hasty: str, thorough: str
) -> None:
    address: Server = request.getfixturevalue(f"{location}_with_all_specs")
    flush_and_wait_until_built(address, text)

    with (
        closing(open_index(address, f"{text},{hasty}")) as fast,
        closing(open_index(address, f"{text},{thorough}")) as slow,
    ):
        assert recall(fast) < 0.7 < 0.9 < recall(slow)


@pytest.mark.parametrize("location", ["lite", pytest.param("server", marks=pytest.mark.slow)])
def test_more_matches_than_ef_can_be_requested(request: pytest.FixtureRequest, location: str) -> None:
    address: Server = request.getfixturevalue(f"{location}_with_all_specs")
    flush_and_wait_until_built(address, "HNSW,M=4,efConstruction=40")

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
