from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import time
from contextlib import closing
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import VectorIndexError
from core.vectors.index import Match
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex, _unique, collection_name
from tests.core.vectors.rows import DIM, axis, rows, units

if TYPE_CHECKING:
    from pathlib import Path

    from tests.core.vectors.conftest import Lite

OUTLIVES_ITS_SERVER = """
import sys
from pathlib import Path
from core.errors import VectorIndexError
from core.vectors.lite_server import LiteServer
from core.vectors.milvus import MilvusIndex
server = LiteServer(Path(sys.argv[1]))
index = MilvusIndex(server.address(), "", "model", 8)
server.close()
try:
    index.count()
except VectorIndexError:
    print("out of reach")
"""


def test_rows_are_there_for_the_next_to_connect(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.address, "", model, DIM)) as again:
        assert again.count() == 3


def test_models_have_collections_of_their_own(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with closing(MilvusIndex(lite.address, "", f"{model} other", DIM + 1)) as other:
        other.upsert(rows(units(1, dim=DIM + 1)))

        assert (milvus.count(), other.count()) == (3, 1)


def test_collection_of_another_dimension_is_refused(milvus: MilvusIndex, lite: Lite, model: str) -> None:
    milvus.upsert(rows(units(3)))

    with pytest.raises(VectorIndexError, match=rf"have {DIM} numbers, not {DIM + 1}. Delete it there, or choose"):
        MilvusIndex(lite.address, "", model, DIM + 1)

    assert milvus.count() == 3


@given(st.text(max_size=400))
def test_any_model_has_a_name_that_milvus_takes(model: str) -> None:
    assert re.fullmatch(r"[A-Za-z_][A-Za-z0-9_]{0,254}", collection_name(model))


def test_models_that_differ_in_punctuation_have_collections_of_their_own() -> None:
    assert collection_name("timm/resnet18.a1") != collection_name("timm/resnet18_a1")


def test_refused_connection_is_an_error_at_once() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and nobody listens
        uri = f"http://127.0.0.1:{taken.getsockname()[1]}"
        begun = time.monotonic()

        with pytest.raises(VectorIndexError, match=rf"^The search index at {uri} could not be reached: .* running"):
            MilvusIndex(uri, "", "model", DIM)

        assert time.monotonic() - begun < 5


@pytest.mark.parametrize("uri", ["nonsense", "ftp://127.0.0.1"])
def test_address_that_is_none_is_an_error(uri: str) -> None:
    with pytest.raises(VectorIndexError, match="could not be reached"):
        MilvusIndex(uri, "", "model", DIM)


def test_index_that_died_is_an_error_in_one_sentence(tmp_path: Path) -> None:
    with closing(LiteServer(tmp_path / "milvus.db")) as server:
        index = MilvusIndex(server.address(), "", "model", DIM)
        index.upsert(rows(units(3)))

    asked = {
        "store 1 photos": lambda: index.upsert(rows(units(1))),
        "forget 1 photos": lambda: index.delete([1]),
        "write to its disk": index.flush,
        "search": lambda: index.search(axis(0), 1),
        "count its photos": index.count,
        "be emptied": index.clear,
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
        timeout=30,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
        check=False,
    )

    assert (done.stdout, done.stderr) == ("out of reach\n", "")


def test_row_that_milvus_shows_twice_is_found_once() -> None:
    # Lite has shown an id twice after a kill: from its log and from its files.
    assert _unique([(7, 0.9), (3, 0.8), (7, 0.7)]) == [Match(7, 0.9), Match(3, 0.8)]
