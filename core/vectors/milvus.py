"""Milvus as a search index: Lite in a process of its own, or a server."""

from __future__ import annotations

import hashlib
import re
from contextlib import closing
from typing import TYPE_CHECKING

from core.errors import DamagedIndexError, VectorIndexError
from core.vectors.connection import TIMEOUT, connect, errors_at
from core.vectors.index import Match
from core.vectors.schema import SERVER

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from pymilvus.milvus_client.index import IndexParams

    from core.types import Vectors
    from core.vectors.index import Row
    from core.vectors.schema import IndexSpec

LOAD_TIMEOUT = 600.0  # index files that are missing are built on the way
MAX_TOP_K = 16_384
MAX_VARCHAR = 65_535
MAX_NAME = 200


def collection_name(model: str) -> str:
    """Return the name of the collection that holds a model's embeddings; Milvus takes letters, digits and '_'."""
    readable = re.sub(r"\W", "_", model, flags=re.ASCII)[:MAX_NAME]
    return f"semblance_{readable}_{hashlib.sha256(model.encode()).hexdigest()[:8]}"


def mend(uri: str, model: str, spec: IndexSpec) -> None:
    """Make the index files of a collection anew, which keeps its rows: a kill while one is written leaves half of it.

    Raises:
        DamagedIndexError: That does not help: its rows are damaged too.
    """
    name = collection_name(model)
    with errors_at(uri, "be mended", DamagedIndexError), closing(connect(uri)) as client:
        client.release_collection(name, timeout=TIMEOUT)
        client.drop_index(name, "vector", timeout=TIMEOUT)
        client.create_index(name, _index_params(spec), timeout=TIMEOUT)
        client.load_collection(name, timeout=LOAD_TIMEOUT)


def drop(uri: str, model: str) -> None:
    """Delete the collection of a model, also one that cannot be loaded.

    Raises:
        VectorIndexError: Nothing answers there, or it refuses.
    """
    with errors_at(uri, "be emptied"), closing(connect(uri)) as client:
        client.drop_collection(collection_name(model), timeout=TIMEOUT)


def _index_params(spec: IndexSpec) -> IndexParams:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    # Lite drops build parameters without a word unless they are wrapped once more; a server takes that too.
    build = {"params": dict(spec.build)}
    params.add_index("vector", index_type=spec.kind, metric_type=spec.metric, params=build)
    return params


class MilvusIndex:
    """A collection of a Milvus, made where it is missing. See `VectorIndex`."""

    def __init__(
        self,
        uri: str,
        token: str,
        model: str,
        dim: int,
        spec: IndexSpec = SERVER,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> None:
        """Connect, and make the collection for a model's embeddings of length `dim` where there is none.

        While nothing answers, `is_cancelled` is asked every other second.

        Raises:
            DamagedIndexError: The collection cannot be loaded.
            VectorIndexError: Nothing answers there, it refuses the token, or the collection has another dimension.
        """
        self._name = collection_name(model)
        self._dim = dim
        self._uri = uri
        self._spec = spec
        self._has_deleted = False
        with errors_at(self._uri, "be reached"):
            self._client = connect(uri, token, is_cancelled)
            if not self._client.has_collection(self._name, timeout=TIMEOUT):
                self._create()
            self._check_dim()
        with errors_at(uri, "be loaded", DamagedIndexError):
            self._client.load_collection(self._name, timeout=LOAD_TIMEOUT)

    @property
    def generation(self) -> int:
        """Return 0: a server keeps what it has taken."""
        return 0

    @property
    def is_shared(self) -> bool:
        """Tell that a server may be used by several libraries, on several computers."""
        return True

    def existing(self, ids: Sequence[int]) -> set[int]:
        """Return those of the ids that are there."""
        with errors_at(self._uri, "be read"):
            found = self._client.get(
                self._name, list(ids), output_fields=["id"], consistency_level="Strong", timeout=TIMEOUT
            )
        return {int(row["id"]) for row in found}

    def upsert(self, rows: Sequence[Row]) -> None:
        """Write rows, replacing those of the same id."""
        if not rows:
            return
        data = [{"id": row.id, "root": row.root, "path": _text(row.path), "vector": row.vector} for row in rows]
        with errors_at(self._uri, f"store {len(rows)} photos"):
            self._client.upsert(self._name, data, timeout=TIMEOUT)

    def delete(self, ids: Sequence[int]) -> None:
        """Forget rows; ids that are not there do not matter."""
        if not ids:
            return
        with errors_at(self._uri, f"forget {len(ids)} photos"):
            self._client.delete(self._name, ids=list(ids), timeout=TIMEOUT)
        self._has_deleted = True

    def flush(self) -> None:
        """Return when everything written is on disk."""
        with errors_at(self._uri, "write to its disk"):
            self._client.flush(self._name, timeout=10 * TIMEOUT)

    def search(self, vectors: Vectors, top_k: int) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches, best first, no id twice."""
        if not len(vectors):
            return []
        limit = min(top_k, MAX_TOP_K)
        with errors_at(self._uri, "search"):
            answer = self._client.search(
                self._name,
                data=list(vectors),
                anns_field="vector",
                limit=limit,
                output_fields=["id"],
                search_params={"metric_type": self._spec.metric, "params": self._spec.search_for(limit)},
                # The server's default misses what was written a moment ago; "Session" sees that, but not a deletion.
                consistency_level="Strong" if self._has_deleted else "Session",
                timeout=TIMEOUT,
            )
        self._has_deleted = False
        similarity = self._spec.similarity
        return [_unique((int(hit["id"]), similarity(float(hit["distance"]))) for hit in hits) for hits in answer]

    def count(self) -> int:
        """Return how many rows there are."""
        with errors_at(self._uri, "count its photos"):
            (row,) = self._client.query(
                self._name, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=TIMEOUT
            )
        return int(row["count(*)"])

    def clear(self) -> None:
        """Forget every row, also when the index is too damaged to be read."""
        with errors_at(self._uri, "be emptied"):
            self._client.drop_collection(self._name, timeout=TIMEOUT)
            self._create()
            self._client.load_collection(self._name, timeout=TIMEOUT)

    def close(self) -> None:
        """Close the connection. May be called twice."""
        self._client.close()

    def _check_dim(self) -> None:
        fields = self._client.describe_collection(self._name, timeout=TIMEOUT)["fields"]
        there = next((int(field["params"]["dim"]) for field in fields if field["name"] == "vector"), 0)
        if there != self._dim:
            raise VectorIndexError(
                f"The collection {self._name} at {self._uri} is not of this model: its embeddings have {there} "
                f"numbers, not {self._dim}. Delete it there, or choose another model."
            )

    def _create(self) -> None:
        from pymilvus import DataType, MilvusClient

        schema = MilvusClient.create_schema(auto_id=False, enable_dynamic_field=False)
        schema.add_field("id", DataType.INT64, is_primary=True)
        schema.add_field("root", DataType.VARCHAR, max_length=36)
        schema.add_field("path", DataType.VARCHAR, max_length=MAX_VARCHAR)
        schema.add_field("vector", DataType.FLOAT_VECTOR, dim=self._dim)
        self._client.create_collection(
            self._name, schema=schema, index_params=_index_params(self._spec), timeout=TIMEOUT
        )


def _unique(hits: Iterable[tuple[int, float]]) -> list[Match]:
    """Return matches, best first, with the best of each id: Lite has shown an id twice after a kill."""
    best: dict[int, float] = {}
    for key, score in hits:
        best.setdefault(key, score)
    return [Match(key, score) for key, score in best.items()]


def _text(path: str) -> str:
    """Return a path as valid UTF-8: undecodable bytes, which Python keeps as surrogates, become escapes."""
    return path.encode("utf-8", "backslashreplace").decode("utf-8")
