"""The files of Milvus Lite's rows are written in small parts, and merged up to a limit."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from milvus_lite.storage import data_file

from core.vectors.lite import LiteIndex
from core.vectors.lite_files import GROUP_ROWS, SEGMENT_ROWS, SMALL_PARTS, that_fit
from core.vectors.lite_server import LiteServer
from core.vectors.schema import LITE
from tests.core.vectors.rows import DIM, ids, rows, units

if TYPE_CHECKING:
    from pathlib import Path

HALF = SEGMENT_ROWS // 2


def write(folder: Path, name: str, count: int) -> str:
    pq.write_table(pa.table({"id": np.arange(count)}), folder / name)
    return name


@pytest.mark.parametrize(
    ("counts", "fitting"),
    [
        ([10, 20, 30, 40], [10, 20, 30, 40]),
        ([SEGMENT_ROWS, 40, 30, 20, 10], [10, 20, 30, 40]),
        ([HALF, HALF, 1], [1, HALF]),
        ([HALF, HALF], [HALF, HALF]),
        ([SEGMENT_ROWS, SEGMENT_ROWS], [SEGMENT_ROWS]),
        ([SEGMENT_ROWS + 1], []),
        ([], []),
    ],
)
def test_small_files_are_merged_and_full_ones_are_left_alone(
    tmp_path: Path, counts: list[int], fitting: list[int]
) -> None:
    files = [write(tmp_path, f"{number}", count) for number, count in enumerate(counts)]
    assert [pq.read_metadata(tmp_path / file).num_rows for file in that_fit(files, str(tmp_path))] == fitting


def test_rows_are_the_same_in_small_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    vectors = units(GROUP_ROWS * 2 + 1)
    table = pa.table(
        {
            "id": np.arange(len(vectors)),
            "path": [f"{number}.jpg" for number in range(len(vectors))],
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIM),
        }
    )
    monkeypatch.setattr(data_file, "pq", SMALL_PARTS)

    file = tmp_path / data_file.write_data_file(table, str(tmp_path), 0, len(vectors))

    assert pq.read_metadata(file).num_row_groups == 3
    assert data_file.read_data_file(str(file)).equals(table)


def test_what_was_flushed_in_many_files_ends_up_in_few_and_is_found(tmp_path: Path) -> None:
    vectors = units(60)
    with closing(LiteIndex(LiteServer(tmp_path / "milvus.db"), "model", DIM, LITE)) as index:
        for start in range(0, len(vectors), 10):
            index.upsert(rows(vectors[start : start + 10], start))
            index.flush()
        assert [ids(found) for found in index.search(vectors, 1)] == [[key] for key in range(60)]
    assert len(list(tmp_path.rglob("data_*.parquet"))) < 6
