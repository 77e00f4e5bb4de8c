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

from core.errors import VectorIndexError
from core.vectors.collection import rebuild_index
from core.vectors.connection import connect
from core.vectors.index import Match
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, _unique, collection_name
from core.vectors.schema import LITE, Metric, parse
from tests.helpers.limits import HANGING
from tests.helpers.search_index.vector_rows import DIM, axis, open_index, rows, units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.core.vectors.conftest import Lite

OUTLIVES_ITS_SERVER = """
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


def test_rows_are_there_for_the_next_to_connect(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, model, DIM, LITE)) as again:
        assert again.count() == 3


def test_models_have_collections_of_their_own(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, f"{model} other", DIM + 1, LITE)) as other:
        other.upsert(rows(units(1, dim=DIM + 1)))

        assert (milvus.count(), other.count()) == (3, 1)


def test_collection_of_another_dimension_is_refused(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with pytest.raises(VectorIndexError, match=rf"have {DIM} numbers, not {DIM + 1}. Delete the collection, or choose"):
        MilvusIndex(lite.server, model, DIM + 1, LITE)

    assert milvus.count() == 3


def test_index_types_have_collections_of_their_own(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.server, model, DIM, parse("FLAT"))) as other:
        other.upsert(rows(units(1)))

        assert (milvus.count(), other.count()) == (3, 1)


def test_index_that_somebody_replaced_by_another_is_refused(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))
    with closing(connect(lite.server)) as client:
        rebuild_index(client, collection_name(model, LITE), parse("FLAT", "L2"))

    with pytest.raises(
        VectorIndexError, match=r"type FLAT and metric L2 instead of IVF_FLAT and IP. Delete the collection,"
    ):
        MilvusIndex(lite.server, model, DIM, LITE)


def test_collection_that_was_left_without_its_index_gets_it(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))
    name = collection_name(model, LITE)
    with closing(connect(lite.server)) as client:
        client.release_collection(name)
        client.drop_index(name, "vector")

        with closing(MilvusIndex(lite.server, model, DIM, LITE)) as again:
            assert again.count() == 3
        assert client.describe_index(name, "vector")["index_type"] == "IVF_FLAT"


@given(st.text(max_size=400))
def test_any_model_has_a_name_that_milvus_takes(model: str) -> None:
    assert re.fullmatch(r"semblance_[A-Za-z0-9_]{0,60}_[0-9a-f]{8}", collection_name(model, LITE))


def test_what_is_built_otherwise_has_another_name_and_what_is_searched_otherwise_has_not() -> None:
    names = [
        collection_name(model, parse(text, metric))
        for model in ("timm/resnet18.a1", "timm/resnet18_a1")
        for text in ("FLAT", "HNSW", "HNSW,M=8", "IVF_FLAT", "IVF_FLAT,nlist=7")
        for metric in Metric
    ]

    assert len(set(names)) == len(names)
    assert collection_name("m", parse("HNSW,ef=99")) == collection_name("m", parse("HNSW"))


def test_index_that_died_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    with closing(LiteServer(tmp_path / "milvus.db")) as server:
        index = open_index(server)
        index.upsert(rows(units(3)))

    asked: dict[str, Callable[[], object]] = {
        "store 1 photos": lambda: index.upsert(rows(units(1))),
        "delete 1 photos": lambda: index.delete([1]),
        "write to its disk": index.flush,
        "search": lambda: index.search(axis(0), 1),
        "count its photos": index.count,
        "be emptied": index.clear,
        "be read": lambda: index.locations([1]),
    }
    for what, ask in asked.items():
        with pytest.raises(VectorIndexError, match=f"^The search index could not {what}: .+"):
            ask()
    index.close()


def test_index_that_died_leaves_no_traceback_on_the_screen(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", OUTLIVES_ITS_SERVER, tmp_path / "milvus.db"],
        capture_output=True,
        text=True,
        timeout=HANGING,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )

    assert (done.stdout, done.stderr) == ("out of reach\n", "")


def test_row_that_milvus_shows_twice_is_found_once() -> None:
    # Lite has shown an id twice after a kill: from its log and from its files.
    assert _unique([(7, 0.9), (3, 0.8), (7, 0.7)]) == [Match(7, 0.9), Match(3, 0.8)]
