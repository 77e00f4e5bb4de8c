"""A search index in Milvus, either Milvus Lite in a separate process or a server."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from typing import TYPE_CHECKING

from core.errors import DamagedIndexError, VectorIndexError
from core.vectors.collection import (
    CALL_SECONDS,
    LOAD_SECONDS,
    VECTOR,
    create,
    in_roots,
    is_chosen_by_server,
    load,
    prepare,
    rebuild_index,
)
from core.vectors.connection import connect
from core.vectors.failures import translated_errors
from core.vectors.index import Match, PhotoLocation, readable

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from core.types import Vectors
    from core.vectors.connection import Server
    from core.vectors.index import Row, Where
    from core.vectors.schema import IndexSpec

SEARCH_SECONDS = 10.0
FLUSH_SECONDS = 300.0
MAX_TOP_K = 16_384
MAX_NAME = 60


def collection_name(model: str, spec: IndexSpec) -> str:
    """Return the name of the collection for the embeddings of a model in an index of this type and metric."""
    # Names in Milvus consist of letters, digits and "_". The digest tells models apart whose names differ elsewhere.
    readable_part = re.sub(r"\W", "_", model, flags=re.ASCII)[:MAX_NAME]
    digest = hashlib.sha256("\n".join((model, spec.built)).encode()).hexdigest()
    return f"semblance_{readable_part}_{digest[:8]}"


def repair(server: Server, model: str, spec: IndexSpec) -> None:
    """Rebuild the index files of a local collection from its rows.

    Raises:
        DamagedIndexError: The rows are damaged too.
    """
    with translated_errors(server, "be repaired", DamagedIndexError), closing(connect(server)) as client:
        rebuild_index(client, collection_name(model, spec), spec)


class MilvusIndex:
    """A `VectorIndex` in a Milvus collection."""

    def __init__(
        self,
        server: Server,
        model: str,
        dim: int,
        spec: IndexSpec,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Connect, create the collection for a model's embeddings of length `dim` if necessary, and load it.

        `is_cancelled` is called repeatedly while connecting and loading.

        Raises:
            DamagedIndexError: A local collection cannot be loaded.
            VectorIndexError: The server does not answer or refuses the token, or the collection does not fit.
        """
        self._name = collection_name(model, spec)
        self._dim = dim
        self._server = server
        self._spec = spec
        # While Lite builds an index, it does not answer calls. A long timeout does no harm there: if its process dies,
        # calls fail at once.
        self._min_timeout = LOAD_SECONDS if server.is_local else 0.0
        self._deletions = self._seen_deletions = 0
        with translated_errors(server, "be reached"):
            self._client = connect(server, is_cancelled)
        try:
            with translated_errors(server, "be opened"):
                prepare(self._client, server, self._name, dim, spec)
                self._is_exhaustive = spec.is_exhaustive and not is_chosen_by_server(self._client, self._name)
            with translated_errors(server, "be loaded", DamagedIndexError if server.is_local else VectorIndexError):
                load(self._client, self._name, is_cancelled)
        except BaseException:
            self._client.close()
            raise

    @property
    def generation(self) -> int:
        """Return 0, because a server keeps all rows that it has accepted."""
        return 0

    @property
    def is_shared(self) -> bool:
        """Return True for a server, which several libraries on several computers may use."""
        return not self._server.is_local

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every row. If the server chose the index type, it may not."""
        return self._is_exhaustive

    @property
    def unclean_shutdown(self) -> bool:
        """Return False, because a server keeps all flushed rows."""
        return False

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return the ids that the index has, out of the given ones."""
        with translated_errors(self._server, "be read"):
            found = self._client.get(
                self._name, list(ids), output_fields=["id"], consistency_level="Strong", timeout=self._time()
            )
        return {int(row["id"]) for row in found}

    def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return the locations of the photos with these ids. Ids that the index does not have are left out."""
        with translated_errors(self._server, "be read"):
            found = self._client.get(
                self._name,
                list(ids),
                output_fields=["id", "root", "path", "origin"],
                consistency_level=self._consistency(),
                timeout=self._time(SEARCH_SECONDS),
            )
        return {int(row["id"]): PhotoLocation(row["root"], row["path"], row["origin"]) for row in found}

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows. They replace rows with the same ids."""
        if not rows:
            return
        data = []
        for row in rows:
            self._check_length(len(row.vector))
            path, origin = readable(row.path), readable(row.origin)
            data.append({"id": row.id, "root": row.root, "path": path, "origin": origin, VECTOR: row.vector})
        with translated_errors(self._server, f"store {len(rows)} photos"):
            self._client.upsert(self._name, data, timeout=self._time())

    def delete(self, ids: Sequence[int]) -> None:
        """Delete rows by id. Ids that the index does not have are ignored."""
        if not ids:
            return
        with translated_errors(self._server, f"delete {len(ids)} photos"):
            self._client.delete(self._name, ids=list(ids), timeout=self._time())
        self._deletions += 1

    def flush(self) -> None:
        """Wait until all written rows are on disk."""
        with translated_errors(self._server, "write to its disk"):
            self._client.flush(self._name, timeout=self._time(FLUSH_SECONDS))

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, without duplicate ids."""
        if not len(vectors):
            return []
        self._check_length(vectors.shape[1])
        limit = min(top_k, MAX_TOP_K)
        deletions = self._deletions
        with translated_errors(self._server, "search"):
            answer = self._client.search(
                self._name,
                data=list(vectors),
                filter=in_roots(where.roots) if where else "",
                anns_field=VECTOR,
                limit=limit,
                output_fields=["id"],
                search_params={"metric_type": self._spec.metric, "params": self._spec.search_for(limit)},
                consistency_level=self._consistency(),
                timeout=self._time(SEARCH_SECONDS),
            )
        self._seen_deletions = deletions
        similarity = self._spec.similarity
        return [_unique((int(hit["id"]), similarity(float(hit["distance"]))) for hit in hits) for hits in answer]

    def count(self, roots: Sequence[str] | None = None) -> int:
        """Return the number of rows, either in total or of these roots."""
        if roots is not None and not roots:
            return 0
        condition = "" if roots is None else in_roots(roots)
        with translated_errors(self._server, "count its photos"):
            (row,) = self._client.query(
                self._name,
                filter=condition,
                output_fields=["count(*)"],
                consistency_level="Strong",
                timeout=self._time(),
            )
        return int(row["count(*)"])

    def clear(self) -> None:
        """Delete all rows, even if the index is too damaged to be read."""
        with translated_errors(self._server, "be emptied"):
            self._client.drop_collection(self._name, timeout=self._time())
            create(self._client, self._name, self._dim, self._spec)
            load(self._client, self._name, lambda: False)

    def close(self) -> str:
        """Close the connection and return an empty fingerprint. It is safe to call this twice."""
        self._client.close()
        return ""

    def _time(self, seconds: float = CALL_SECONDS) -> float:
        return max(seconds, self._min_timeout)

    def _consistency(self) -> str:
        # The server's default consistency misses rows written a moment ago. "Session" sees them, but misses deletions.
        return "Strong" if self._deletions > self._seen_deletions else "Session"

    def _check_length(self, length: int) -> None:
        if length != self._dim:
            raise VectorIndexError(
                f"The search index belongs to another model: its embeddings have {self._dim} numbers, not {length}."
            )


def _unique(hits: Iterable[tuple[int, float]]) -> list[Match]:
    """Return the best match of each id, best first. Lite has returned an id twice after its process was killed."""
    best: dict[int, float] = {}
    for key, score in hits:
        best.setdefault(key, score)
    return [Match(key, score) for key, score in best.items()]
