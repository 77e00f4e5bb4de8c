"""Segments of Milvus Lite keep their embeddings on disk, and searches still find their rows."""

from __future__ import annotations

import sys
import weakref
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

import numpy as np
import pyarrow as pa
import pytest
from milvus_lite.index.spec import IndexSpec
from milvus_lite.storage.data_file import write_data_file

from core.vectors.lite_segment import LeanSegment

if TYPE_CHECKING:
    from core.types import Vectors

DIM = 8
ROWS = 50


@pytest.fixture
def vectors() -> Vectors:
    return np.random.default_rng(1).standard_normal((ROWS, DIM)).astype(np.float32)


@pytest.fixture
def segment(tmp_path: Path, vectors: Vectors) -> LeanSegment:
    table = pa.table(
        {
            "_seq": pa.array(range(ROWS), pa.uint64()),
            "id": pa.array(range(100, 100 + ROWS)),
            "path": [f"{row}.jpg" for row in range(ROWS)],
            "vector": pa.FixedSizeListArray.from_arrays(pa.array(vectors.ravel()), DIM),
        }
    )
    file = tmp_path / write_data_file(table, str(tmp_path), 0, ROWS - 1)
    return load(file)


def load(file: str | Path) -> LeanSegment:
    segment: LeanSegment = LeanSegment.load(str(file), "_default", "id", "vector")
    return segment


def spec(kind: str) -> IndexSpec:
    return IndexSpec("vector", kind, "IP", {"nlist": 1} if kind.startswith("IVF") else {}, {})


def nearest(segment: LeanSegment, query: Vectors) -> int:
    rows, _ = segment.indexes["vector"].search(query[np.newaxis], 1)
    return int(rows[0, 0])


@pytest.mark.parametrize("kind", ["FLAT", "IVF_FLAT", "IVF_SQ8", "HNSW"])
def test_rows_are_found_by_a_new_index_and_by_one_loaded_from_its_file(
    kind: str, segment: LeanSegment, vectors: Vectors, tmp_path: Path
) -> None:
    wanted = [int((vectors @ query).argmax()) for query in vectors]
    segment.build_or_load_index(spec(kind), str(tmp_path / "indexes"))
    assert [nearest(segment, query) for query in vectors] == wanted
    again = load(segment.file_path)
    again.build_or_load_index(spec(kind), str(tmp_path / "indexes"))
    assert [nearest(again, query) for query in vectors] == wanted


def test_embeddings_are_dropped_from_memory_once_the_index_is_built(segment: LeanSegment, tmp_path: Path) -> None:
    read = weakref.ref(segment.vector_data("vector")[0])
    segment.build_or_load_index(spec("IVF_FLAT"), str(tmp_path / "indexes"))
    assert read() is None
    held, _ = segment.vector_data("vector")
    assert held.shape == (ROWS, DIM)
    assert held.strides == segment.vectors.strides == (0, 0)
    assert segment.row_to_dict(3) == {"id": 103, "path": "3.jpg"}


@pytest.mark.skipif(sys.platform == "win32", reason="Windows does not delete open files")
def test_a_segment_without_an_index_is_searched_after_its_file_was_merged_with_others_and_deleted(
    segment: LeanSegment, vectors: Vectors
) -> None:
    Path(segment.file_path).unlink()
    found, _ = segment.vector_data("vector")
    np.testing.assert_array_equal(found, vectors)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the files that are open")
def test_the_file_of_a_segment_is_closed_once_there_is_an_index(segment: LeanSegment, tmp_path: Path) -> None:
    def is_open() -> bool:
        links = [link.resolve() for link in Path("/proc/self/fd").iterdir() if link.exists()]
        return Path(segment.file_path) in links

    assert is_open()
    segment.build_or_load_index(spec("IVF_FLAT"), str(tmp_path / "indexes"))
    assert not is_open()


def test_an_index_is_rebuilt_from_the_embeddings_in_the_file(
    segment: LeanSegment, vectors: Vectors, tmp_path: Path
) -> None:
    segment.build_or_load_index(spec("IVF_FLAT"), str(tmp_path / "indexes"))
    segment.release_index()
    segment.build_or_load_index(spec("IVF_SQ8"), str(tmp_path / "indexes"))
    assert nearest(segment, vectors[7]) == int((vectors @ vectors[7]).argmax())


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux lists the files that are mapped")
def test_the_index_file_is_memory_mapped(segment: LeanSegment, tmp_path: Path) -> None:
    folder = tmp_path / "indexes"
    segment.build_or_load_index(spec("IVF_FLAT"), str(folder))
    (file,) = folder.iterdir()
    assert str(file) in Path("/proc/self/maps").read_text()


def test_an_index_that_cannot_be_memory_mapped_is_kept_in_memory(
    segment: LeanSegment, vectors: Vectors, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_file: str, _flags: int) -> NoReturn:
        raise RuntimeError("could not mmap: No such device")

    monkeypatch.setattr("core.vectors.lite_segment.faiss.read_index", refuse)
    segment.build_or_load_index(spec("IVF_FLAT"), str(tmp_path / "indexes"))
    assert nearest(segment, vectors[7]) == int((vectors @ vectors[7]).argmax())


def test_a_truncated_index_file_is_refused(segment: LeanSegment, tmp_path: Path) -> None:
    folder = tmp_path / "indexes"
    segment.build_or_load_index(spec("IVF_FLAT"), str(folder))
    (file,) = folder.iterdir()
    file.write_bytes(file.read_bytes()[:-100])
    again = load(segment.file_path)
    with pytest.raises(RuntimeError):
        again.build_or_load_index(spec("IVF_FLAT"), str(folder))
