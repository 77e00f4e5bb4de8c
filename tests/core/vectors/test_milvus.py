from __future__ import annotations

import os
import re
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymilvus import DataType

from core.errors import VectorIndexError
from core.vectors.collection import create, rebuild_index
from core.vectors.connection import connect
from core.vectors.index import Match
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, _unique, collection_name
from core.vectors.schema import LITE, Metric, parse
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.vector_rows import DIM, axis, open_index, rows, units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.core.vectors.conftest import Lite

USE_CLOSED_SERVER = """
import sys
from pathlib import Path
from core.errors import VectorIndexError
from core.vectors.lite_server import LiteServer
from tests.helpers.search_index.vector_rows import open_index
server = LiteServer(Path(sys.argv[1]))
index = open_index(server)
server.close()
try:
    index.count()
except VectorIndexError:
    print("out of reach")
"""


def test_rows_are_visible_to_the_next_connection(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, model, DIM, LITE)) as again:
        assert again.count() == 3


def test_each_model_has_its_own_collection(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, f"{model} other", DIM + 1, LITE)) as other:
        other.upsert(rows(units(1, dim=DIM + 1)))

        assert (milvus.count(), other.count()) == (3, 1)


def test_collection_of_another_dimension_is_refused(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with pytest.raises(VectorIndexError, match=rf"have {DIM} numbers, not {DIM + 1}. Delete the collection, or choose"):
        MilvusIndex(lite.server, model, DIM + 1, LITE)

    assert milvus.count() == 3


def test_each_index_type_has_its_own_collection(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, model, DIM, parse("FLAT"))) as other:
        other.upsert(rows(units(1)))

        assert (milvus.count(), other.count()) == (3, 1)


def test_collection_with_an_index_of_another_type_is_refused(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))
    with closing(connect(lite.server)) as client:
        rebuild_index(client, collection_name(model, LITE), parse("FLAT", "L2"))

    with pytest.raises(
        VectorIndexError, match=r"type FLAT and metric L2 instead of IVF_FLAT and IP. Delete the collection,"
    ):
        MilvusIndex(lite.server, model, DIM, LITE)


def test_collection_of_a_newer_version_is_refused_and_not_changed(lite: Lite, model: str) -> None:
    name = collection_name(model, LITE)
    with closing(connect(lite.server)) as client:
        schema = client.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("taken_at", DataType.INT64)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=DIM)
        client.create_collection(name, schema=schema)
        before = client.describe_collection(name)

        with pytest.raises(VectorIndexError, match=rf"{name} was made by a newer version of Semblance\. Update the"):
            MilvusIndex(lite.server, model, DIM, LITE)

        assert client.describe_collection(name) == before
        assert client.list_indexes(name) == []


def test_missing_index_of_a_collection_is_created(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))
    name = collection_name(model, LITE)
    with closing(connect(lite.server)) as client:
        client.release_collection(name)
        client.drop_index(name, "vector")

        with closing(MilvusIndex(lite.server, model, DIM, LITE)) as again:
            assert again.count() == 3
        assert client.describe_index(name, "vector")["index_type"] == "IVF_FLAT"


@given(st.text(max_size=400))
def test_collection_name_is_valid_for_any_model(model: str) -> None:
    assert re.fullmatch(r"semblance_[A-Za-z0-9_]{0,60}_[0-9a-f]{8}", collection_name(model, LITE))


def test_collection_name_depends_on_build_but_not_on_search_parameters() -> None:
    names = [
        collection_name(model, parse(text, metric))
        for model in ("timm/resnet18.a1", "timm/resnet18_a1")
        for text in ("FLAT", "HNSW", "HNSW,M=8", "IVF_FLAT", "IVF_FLAT,nlist=7")
        for metric in Metric
    ]

    assert len(set(names)) == len(names)
    assert collection_name("m", parse("HNSW,ef=99")) == collection_name("m", parse("HNSW"))


def test_every_call_raises_its_own_error_once_the_server_is_gone(tmp_path: Path) -> None:
    with closing(LiteServer(tmp_path / "milvus.db")) as server:
        index = open_index(server)
        index.upsert(rows(units(3)))

    calls: dict[str, Callable[[], object]] = {
        "store 1 photos": lambda: index.upsert(rows(units(1))),
        "delete 1 photos": lambda: index.delete([1]),
        "write to its disk": index.flush,
        "search": lambda: index.search(axis(0), 1),
        "count its photos": index.count,
        "be emptied": index.clear,
        "be read": lambda: index.locations([1]),
    }
    for what, call in calls.items():
        with pytest.raises(VectorIndexError, match=f"^The search index could not {what}: .+"):
            call()
    index.close()


def test_call_to_a_closed_server_prints_no_traceback(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", USE_CLOSED_SERVER, tmp_path / "milvus.db"],
        capture_output=True,
        text=True,
        timeout=HANG_TIMEOUT,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )

    assert (done.stdout, done.stderr) == ("out of reach\n", "")


def test_row_that_milvus_returns_twice_is_found_once() -> None:
    # Lite has returned an id twice after it was killed: once from its log and once from its files.
    assert _unique([(7, 0.9), (3, 0.8), (7, 0.7)]) == [Match(7, 0.9), Match(3, 0.8)]


@pytest.mark.parametrize(
    ("index_type", "is_exhaustive"),
    [("FLAT", True), ("IVF_FLAT,nlist=4,nprobe=4", True), ("IVF_FLAT,nlist=4,nprobe=3", False), ("HNSW", False)],
)
def test_an_index_is_exhaustive_if_its_search_parameters_are(
    lite: Lite, model: str, index_type: str, is_exhaustive: bool
) -> None:
    with closing(MilvusIndex(lite.server, model, DIM, parse(index_type))) as index:
        assert index.is_exhaustive is is_exhaustive


def test_an_index_whose_type_the_server_chose_is_not_taken_for_exhaustive(lite: Lite, model: str) -> None:
    spec = parse("FLAT")
    name = collection_name(model, spec)
    with closing(connect(lite.server)) as client:
        create(client, name, DIM, spec)
        client.release_collection(name)
        client.drop_index(name, "vector")
        params = client.prepare_index_params()
        params.add_index("vector", index_type="AUTOINDEX", metric_type=spec.metric)
        client.create_index(name, params)

    with closing(MilvusIndex(lite.server, model, DIM, spec)) as index:
        assert not index.is_exhaustive
