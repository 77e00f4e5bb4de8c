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
    """Holds the embeddings while the index of its file is made of them, and leaves them on disk from then on."""

    def __init__(self, *args: Any, vector_field: str, vectors: Vectors, table: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as there
        super().__init__(*args, vector_field=vector_field, vectors=vectors, table=table, **kwargs)
        self._dim = vectors.shape[1]
        # A row of it is made into Python's numbers for every match, and nobody asks for its embedding.
        self.table = table.drop_columns([vector_field])

    def vector_data(self, field_name: str) -> tuple[Vectors, NDArray[np.bool_] | None]:
        """Return the (N, D) embeddings; zeros once they are in the index, which is searched in place of them."""
        if field_name in self.indexes:
            return np.broadcast_to(np.float32(0), (self.num_rows, self._dim)), None
        if field_name not in self._vector_data_by_field:
            column = read_data_file(self.file_path).column(field_name).combine_chunks()
            self._vector_data_by_field[field_name] = column.values.to_numpy().reshape(-1, self._dim), None
        data: tuple[Vectors, None] = self._vector_data_by_field[field_name]
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
            file = self.index_file_path(index_dir, spec.index_type, spec.field_name)
            mapped = faiss.read_index(file, faiss.IO_FLAG_MMAP)
            self.attach_index(type(index)(mapped, index.metric, index.num_vectors, index.dim), spec.field_name)
        self.vectors = self.vector_data(spec.field_name)[0]
        self._vector_data_by_field.clear()
