"""A patch that lets Milvus Lite search the rows of a file without holding their embeddings in memory."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import faiss
import numpy as np
import pyarrow as pa
from milvus_lite.engine import collection
from milvus_lite.index.faiss_ivf_flat import FaissIvfFlatIndex
from milvus_lite.index.faiss_ivf_sq8 import FaissIvfSq8Index
from milvus_lite.storage.segment import Segment

from core.vectors.lite_files import SMALL_PARTS

if TYPE_CHECKING:
    from milvus_lite.index.spec import IndexSpec
    from numpy.typing import NDArray

    from core.types import Vectors


class LeanSegment(Segment):  # type: ignore[misc] # the package has no type hints
    """The rows of one file. Its embeddings are in memory only while the search index of the file is built."""

    def __init__(self, *args: Any, vector_field: str, vectors: Vectors, table: Any, **kwargs: Any) -> None:  # noqa: ANN401 - as in the base class
        self._dim = vectors.shape[1]
        zeros = np.broadcast_to(np.float32(0), vectors.shape)
        # Lite converts the complete row of every match to Python objects, and no caller reads its embedding.
        table = table.drop_columns([vector_field])
        super().__init__(*args, vector_field=vector_field, vectors=zeros, table=table, **kwargs)
        self._vector_data_by_field.clear()
        # Lite may merge the file with others and delete it while a search still uses this segment. Windows does not
        # delete files that are open.
        self._source: pa.OSFile | str = self.file_path if sys.platform == "win32" else pa.OSFile(self.file_path)

    def vector_data(self, field_name: str) -> tuple[Vectors, NDArray[np.bool_] | None]:
        """Return the (N, D) embeddings, or zeros once there is an index, which is searched instead of them."""
        source = self._source  # taken first, because another thread drops it as soon as there is an index
        if field_name in self.indexes:
            return self.vectors, None
        data: tuple[Vectors, None] | None = self._vector_data_by_field.get(field_name)
        if data is None:
            column = SMALL_PARTS.read_table(source, columns=[field_name]).column(field_name).combine_chunks()
            data = column.values.to_numpy().reshape(-1, self._dim), None
            self._vector_data_by_field[field_name] = data
        return data

    def build_or_load_index(self, spec: IndexSpec, index_dir: str) -> None:
        """Build the index or load its file, then drop the embeddings and close their file."""
        had_index = spec.field_name in self.indexes
        super().build_or_load_index(spec, index_dir)
        index = self.indexes.get(spec.field_name)
        if had_index or index is None:
            return
        if isinstance(index, (FaissIvfFlatIndex, FaissIvfSq8Index)) and sys.platform != "win32":
            # Map the file only after it was written or read completely: mapping a truncated file ends the process.
            mapped = _mapped(self.index_file_path(index_dir, spec.index_type, spec.field_name))
            if mapped is not None:
                self.attach_index(type(index)(mapped, index.metric, index.num_vectors, index.dim), spec.field_name)
        self._vector_data_by_field.clear()
        self._source = self.file_path


def _mapped(file: str) -> Any:  # noqa: ANN401 - FAISS' type hints lack the parts of an index
    """Return an index whose embeddings stay in its file, or `None` where the file system cannot map files."""
    try:
        index: Any = faiss.read_index(file, faiss.IO_FLAG_MMAP)
    except RuntimeError:
        return None
    # With threads that read ahead, a search of many cells takes eight times as long.
    lists: Any = faiss.downcast_InvertedLists(index.invlists)
    lists.prefetch_nthread = 0
    return index


PATCHES = ((collection, "Segment", LeanSegment),)
"""What is replaced: the module or class, the name in it, and the replacement."""

OVERRIDDEN = tuple(
    (Segment, name) for name in ("vector_data", "build_or_load_index", "_vector_data_by_field", "indexes", "vectors")
)
"""What has to exist in the base class for `LeanSegment` to have an effect."""
