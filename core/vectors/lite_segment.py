"""Rows of Milvus Lite, as they come from one file, without their embeddings in memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
from milvus_lite.index.faiss_ivf_flat import FaissIvfFlatIndex
from milvus_lite.index.faiss_ivf_sq8 import FaissIvfSq8Index
from milvus_lite.storage.data_file import read_data_file
from milvus_lite.storage.segment import Segment

if TYPE_CHECKING:
    from milvus_lite.index.spec import IndexSpec
    from numpy.typing import NDArray

    from core.types import Vectors


class LeanSegment(Segment):  # type: ignore[misc] # the package tells no types
    """Reads its embeddings when the index of its file is made, and has them in memory until that is done."""

    def __init__(self, *args: Any, vector_field: str, vectors: Vectors, table: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as there
        self._dim = vectors.shape[1]
        none = np.broadcast_to(np.float32(0), vectors.shape)
        # A row of it is made into Python's numbers for every match, and nobody asks for its embedding.
        table = table.drop_columns([vector_field])
        super().__init__(*args, vector_field=vector_field, vectors=none, table=table, **kwargs)
        self._vector_data_by_field.clear()

    def vector_data(self, field_name: str) -> tuple[Vectors, NDArray[np.bool_] | None]:
        """Return the (N, D) embeddings; zeros once they are in the index, which is searched in place of them."""
        if field_name in self.indexes:
            return self.vectors, None
        data: tuple[Vectors, None] | None = self._vector_data_by_field.get(field_name)
        if data is None:
            column = read_data_file(self.file_path).column(field_name).combine_chunks()
            data = column.values.to_numpy().reshape(-1, self._dim), None
            self._vector_data_by_field[field_name] = data
        return data

    def build_or_load_index(self, spec: IndexSpec, index_dir: str) -> None:
        """Make the index, or read its file, and forget the embeddings."""
        is_there = spec.field_name in self.indexes
        super().build_or_load_index(spec, index_dir)
        index = self.indexes.get(spec.field_name)
        if is_there or index is None:
            return
        if isinstance(index, (FaissIvfFlatIndex, FaissIvfSq8Index)) and sys.platform != "win32":
            # Not before it was written or read as a whole: mapping a file that is cut off would end the process.
            mapped = _mapped(self.index_file_path(index_dir, spec.index_type, spec.field_name))
            if mapped is not None:
                self.attach_index(type(index)(mapped, index.metric, index.num_vectors, index.dim), spec.field_name)
        self._vector_data_by_field.clear()


def _mapped(file: str) -> Any:  # noqa: ANN401 - the package's types lack what is inside of an index
    """Return an index whose embeddings stay in its file, or nothing where the file system does not offer that."""
    try:
        index: Any = faiss.read_index(file, faiss.IO_FLAG_MMAP)
    except RuntimeError:
        return None
    # Threads that read ahead cost a search of many cells eight times what it costs otherwise.
    lists: Any = faiss.downcast_InvertedLists(index.invlists)
    lists.prefetch_nthread = 0
    return index
