"""Milvus Lite writes its row files in small parts, and merges them up to a size limit."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from milvus_lite.storage import data_file

from core.vectors.lite import LiteIndex
from core.vectors.lite_files import GROUP_ROWS, MERGED_BYTES, SMALL_PARTS, smallest_files
from core.vectors.lite_server import LiteServer
from core.vectors.schema import LITE
from tests.helpers.search_index.vector_rows import DIM, ids, rows, units

if TYPE_CHECKING:
    from pathlib import Path

HALF = MERGED_BYTES // 2


@pytest.mark.parametrize(
    ("sizes", "fitting"),
    [
        ([10, 20, 30, 40], [10, 20, 30, 40]),
        ([MERGED_BYTES, 40, 30, 20, 10], [10, 20, 30, 40]),
        ([HALF, HALF, 1], [1, HALF]),
        ([HALF, HALF], [HALF, HALF]),
        ([MERGED_BYTES, MERGED_BYTES], [MERGED_BYTES]),
        ([MERGED_BYTES + 1], []),
        ([], []),
    ],
)
def test_smallest_files_are_chosen_up_to_the_size_limit(tmp_path: Path, sizes: list[int], fitting: list[int]) -> None:
    for number, size in enumerate(sizes):
        with (tmp_path / str(number)).open("wb") as file:
            file.truncate(size)
    files = [str(number) for number in range(len(sizes))]
    assert [(tmp_path / file).stat().st_size for file in smallest_files(files, str(tmp_path))] == fitting


def test_rows_written_in_small_parts_are_read_back_unchanged(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
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


@pytest.mark.slow
@pytest.mark.parametrize(("dim", "batch"), [(384, 128), (512, 128), (512, 256), (2048, 256)])
def test_files_are_merged_for_every_embedding_length(tmp_path: Path, dim: int, batch: int) -> None:
    vectors = units(12 * (2 << 20) // (4 * dim), dim=dim)
    with closing(LiteIndex(LiteServer(tmp_path / "milvus.db"), "model", dim, LITE)) as index:
        for start in range(0, len(vectors), batch):
            index.upsert(rows(vectors[start : start + batch], start))
        index.flush()
    sizes = [file.stat().st_size for file in tmp_path.rglob("data_*.parquet")]
    assert len(sizes) <= 12 / 4 + 3
    assert max(sizes) <= MERGED_BYTES


def test_rows_flushed_to_many_files_are_found_after_the_files_are_merged(tmp_path: Path) -> None:
    vectors = units(60)
    with closing(LiteIndex(LiteServer(tmp_path / "milvus.db"), "model", DIM, LITE)) as index:
        for start in range(0, len(vectors), 10):
            index.upsert(rows(vectors[start : start + 10], start))
            index.flush()
        assert [ids(found) for found in index.search(vectors, 1)] == [[key] for key in range(60)]
    assert len(list(tmp_path.rglob("data_*.parquet"))) < 6
