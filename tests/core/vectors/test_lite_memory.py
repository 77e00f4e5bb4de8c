"""Only tested versions of Milvus Lite are patched. Unpatched, it gives the same answers."""

from __future__ import annotations

import logging
from contextlib import closing, nullcontext
from typing import TYPE_CHECKING

import pyarrow.parquet as pq
import pytest
from milvus_lite.engine import collection, compaction
from milvus_lite.engine.compaction import CompactionManager
from milvus_lite.storage import data_file
from milvus_lite.storage.segment import Segment

from core.vectors.lite import LiteIndex
from core.vectors.lite_memory import TESTED_VERSIONS, patch
from core.vectors.lite_server import LiteServer
from core.vectors.schema import LITE
from tests.helpers.search_index.unpatched_lite import unpatched_lite
from tests.helpers.search_index.vector_rows import DIM, axis, ids, row, rows, units

if TYPE_CHECKING:
    from contextlib import AbstractContextManager
    from pathlib import Path

PATCHED = [
    (collection, "Segment"),
    (data_file, "pq"),
    (compaction, "MAX_DATA_FILES"),
    (CompactionManager, "_cap_by_row_limit"),
]


def lite(*, patched: bool) -> AbstractContextManager[None]:
    return nullcontext() if patched else unpatched_lite()


def open_index(folder: Path) -> LiteIndex:
    return LiteIndex(LiteServer(folder), "model", DIM, LITE)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "milvus.db"


@pytest.fixture
def restore_lite(monkeypatch: pytest.MonkeyPatch) -> None:
    """Undo, after the test, the patches that it applied to Milvus Lite in this process."""
    for owner, name in PATCHED:
        monkeypatch.setattr(owner, name, owner.__dict__[name])


def wrote_without_dictionary(folder: Path) -> bool:
    """Return whether Lite wrote the embeddings without a dictionary, as it does when patched."""
    (file,) = folder.rglob("data_*.parquet")
    group = pq.read_metadata(file).row_group(0)
    columns = {group.column(number).path_in_schema: group.column(number) for number in range(group.num_columns)}
    (embedding,) = (column for path, column in columns.items() if path.startswith("vector"))
    return not embedding.has_dictionary_page


@pytest.mark.parametrize("patched", [True, False])
def test_only_tested_versions_are_patched_and_others_are_logged(
    folder: Path, patched: bool, caplog: pytest.LogCaptureFixture
) -> None:
    with lite(patched=patched), caplog.at_level(logging.WARNING), closing(open_index(folder)) as index:
        index.upsert(rows(units(300)))
        index.flush()

    assert wrote_without_dictionary(folder) is patched
    messages = [record.getMessage() for record in caplog.records if record.name == "core.vectors.lite_server"]
    assert [("without the patches" in line, "was not tested" in line) for line in messages] == (
        [] if patched else [(True, True)]
    )


@pytest.mark.parametrize(("first", "then"), [(True, False), (False, True), (False, False)])
def test_patched_and_unpatched_lite_can_read_and_change_the_same_files(folder: Path, first: bool, then: bool) -> None:
    vectors = units(300)
    with lite(patched=first), closing(open_index(folder)) as index:
        index.upsert(rows(vectors[:200]))
        index.flush()
        index.upsert(rows(vectors[200:], first_id=201))
        index.delete([1, 250])

    with lite(patched=then), closing(open_index(folder)) as index:
        assert index.count() == 298
        assert [ids(found) for found in index.search(vectors[1:249], 1)] == [[key] for key in range(2, 250)]
        index.upsert([row(2, axis(3)[0])])
        index.delete([3])
        index.flush()
        assert index.count() == 297
        assert ids(index.search(axis(3), 1)[0]) == [2]
        assert ids(index.search(vectors[2:3], 1)[0]) != [3]
        index.clear()
        assert index.count() == 0
        assert index.search(axis(3), 5) == [[]]


@pytest.mark.usefixtures("restore_lite")
def test_the_installed_version_is_patched() -> None:
    before = [getattr(owner, name) for owner, name in PATCHED]

    assert patch(TESTED_VERSIONS) == ""

    assert all(getattr(owner, name) is not old for (owner, name), old in zip(PATCHED, before, strict=True))


@pytest.mark.usefixtures("restore_lite")
@pytest.mark.parametrize(
    ("owner", "name"), [*PATCHED, (Segment, "build_or_load_index")], ids=lambda part: getattr(part, "__name__", part)
)
def test_nothing_is_patched_if_a_part_is_missing(owner: object, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delattr(owner, name)
    before = [getattr(owner, name, None) for owner, name in PATCHED]

    reason = patch(TESTED_VERSIONS)

    assert f"{name} is missing" in reason
    assert [getattr(owner, name, None) for owner, name in PATCHED] == before


@pytest.mark.usefixtures("restore_lite")
def test_nothing_is_patched_in_an_untested_version() -> None:
    before = [getattr(owner, name) for owner, name in PATCHED]

    assert "was not tested" in patch({"0.0.1"})

    assert [getattr(owner, name) for owner, name in PATCHED] == before
