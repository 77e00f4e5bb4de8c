"""The search index of a read-only library: a copy of the catalog's embeddings in memory, which is searched exactly."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.search_index.sync import Synchroniser
from core.vectors.exact import ExactIndex
from core.vectors.index import Row

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.catalog.embeddings import Embeddings
    from core.search_index.sync import CopyProgress
    from core.vectors.index import VectorIndex


def load_copy(embeddings: Embeddings) -> VectorIndex:
    """Return an index of all photos, as the catalog has them now.

    Raises:
        LibraryError: The catalog cannot be read.
    """
    index = ExactIndex()
    index.upsert([Row(key, root, path="", origin="", vector=vector) for key, root, vector in embeddings.all()])
    return index


class CopySynchroniser(Synchroniser):
    """Leaves a copy as it was loaded, because a read-only catalog cannot record what its search indexes have."""

    def reconcile(self) -> Iterator[CopyProgress]:
        """Return no steps."""
        return iter(())

    def close(self) -> None:
        """Close the index."""
        self._index.close()
