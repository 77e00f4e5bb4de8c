"""Creates, checks and loads a Milvus collection for embeddings."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from core.errors import VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from pymilvus import MilvusClient
    from pymilvus.milvus_client.index import IndexParams

    from core.vectors.connection import Server
    from core.vectors.schema import IndexSpec

CALL_SECONDS = 30.0
LOAD_SECONDS = 600.0  # long, because loading builds missing index files
POLL_SECONDS = 0.1
MAX_VARCHAR = 65_535
VECTOR = "vector"
FIELDS = frozenset({"id", "root", "path", "origin", VECTOR})
CHOSEN_BY_SERVER = "AUTOINDEX"
"""The index type on servers that choose it themselves, such as Zilliz Cloud."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def in_roots(roots: Iterable[str]) -> str:
    """Return a Milvus filter expression that selects the rows of these roots."""
    # JSON escapes do not work: Lite supports only these escape sequences and takes all other characters literally.
    quoted = ", ".join(f'"{root.translate(_ESCAPES)}"' for root in roots)
    return f"root in [{quoted}]"


def prepare(client: MilvusClient, server: Server, name: str, dim: int, spec: IndexSpec) -> None:
    """Create the collection if it does not exist, or its index if an earlier call was interrupted before creating it.

    Raises:
        VectorIndexError: The collection exists, but for embeddings of another length or with another index.
    """
    if not client.has_collection(name, timeout=CALL_SECONDS):
        create(client, name, dim, spec)
        return
    check(client, server, name, dim, spec)
    if not client.list_indexes(name, timeout=CALL_SECONDS):
        client.create_index(name, _index_params(spec), timeout=LOAD_SECONDS)


def create(client: MilvusClient, name: str, dim: int, spec: IndexSpec) -> None:
    """Create a collection and its index without loading it. Several clients of a server may do this at once."""
    from pymilvus import DataType
    from pymilvus import MilvusClient as Milvus

    schema = Milvus.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("root", DataType.VARCHAR, max_length=36)
    schema.add_field("path", DataType.VARCHAR, max_length=MAX_VARCHAR)
    schema.add_field("origin", DataType.VARCHAR, max_length=MAX_VARCHAR)
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
    client.create_collection(name, schema=schema, timeout=CALL_SECONDS)
    # An index without rows is ready at once. With sync, the client would check that only after half a second.
    client.create_index(name, _index_params(spec), timeout=CALL_SECONDS, sync=False)


def check(
    client: MilvusClient, server: Server, name: str, dim: int | None, spec: IndexSpec, seconds: float = CALL_SECONDS
) -> None:
    """Check that an existing collection fits an index specification and embeddings of length `dim`, if that is known.

    Raises:
        VectorIndexError: It is for embeddings of another length, its index has another type or metric, or a newer
            version has made it.
    """
    location = f"The collection {name}" + ("" if server.is_local else f" on the Milvus server at {server.uri}")
    fields = client.describe_collection(name, timeout=seconds)["fields"]
    if not FIELDS.issuperset(field["name"] for field in fields):
        raise VectorIndexError(f"{location} was made by a newer version of Semblance. Update the program to use it.")
    existing_dim = next((int(field["params"]["dim"]) for field in fields if field["name"] == VECTOR), 0)
    if dim is not None and existing_dim != dim:
        raise VectorIndexError(
            f"{location} belongs to another model: its embeddings have {existing_dim} numbers, not {dim}. Delete the "
            "collection, or choose another model."
        )
    index = client.describe_index(name, VECTOR, timeout=seconds)
    if index and (index["index_type"] not in {spec.kind, CHOSEN_BY_SERVER} or index["metric_type"] != spec.metric):
        raise VectorIndexError(
            f"{location} has an index of type {index['index_type']} and metric {index['metric_type']} instead of "
            f"{spec.kind} and {spec.metric}. Delete the collection, then connect again."
        )


def is_chosen_by_server(client: MilvusClient, name: str) -> bool:
    """Return whether the server has chosen the type of the collection's index itself."""
    index = client.describe_index(name, VECTOR, timeout=CALL_SECONDS)
    return bool(index) and index["index_type"] == CHOSEN_BY_SERVER


def load(client: MilvusClient, name: str, is_cancelled: Callable[[], bool]) -> None:
    """Load a collection and wait until it can be searched. A server that was just started may need half a minute.

    Raises:
        VectorIndexError: Loading takes too long or was cancelled.
    """
    from pymilvus.client.types import LoadState

    deadline = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < deadline and not is_cancelled():
        # Repeat the request, because a server that was just started may lose the first one.
        client.load_collection(name, timeout=LOAD_SECONDS, _async=True)
        if client.get_load_state(name, timeout=CALL_SECONDS)["state"] is LoadState.Loaded:
            return
        time.sleep(POLL_SECONDS)
    raise VectorIndexError("The search index did not load in time. Try again later.")


def rebuild_index(client: MilvusClient, name: str, spec: IndexSpec) -> None:
    """Rebuild the index of a collection from its rows. This repairs index files that were only partly written."""
    client.release_collection(name, timeout=CALL_SECONDS)
    client.drop_index(name, VECTOR, timeout=CALL_SECONDS)
    client.create_index(name, _index_params(spec), timeout=LOAD_SECONDS)
    client.load_collection(name, timeout=LOAD_SECONDS)


def _index_params(spec: IndexSpec) -> IndexParams:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    # Lite silently ignores build parameters that are not nested in another "params". A server accepts both forms.
    build = {"params": dict(spec.build)}
    params.add_index(VECTOR, index_type=spec.kind, metric_type=spec.metric, params=build)
    return params
