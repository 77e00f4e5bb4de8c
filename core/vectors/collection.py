"""A collection of a Milvus: how it is laid out, made, held against what is wanted, and loaded."""

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
LOAD_SECONDS = 600.0  # index files that are missing are built on the way
ASK_SECONDS = 0.1
MAX_VARCHAR = 65_535
VECTOR = "vector"
CHOSEN_BY_THE_SERVER = "AUTOINDEX"
"""What a server calls the index of a collection where it does not let anybody choose, as Zilliz Cloud does not."""

_ESCAPES = str.maketrans({"\\": r"\\", '"': r"\"", "\n": r"\n", "\r": r"\r", "\t": r"\t"})


def in_roots(roots: Iterable[str]) -> str:
    """Return the filter that lets the rows of these roots pass."""
    # Not as JSON has it: Lite knows these escapes only, and takes everything else as it is.
    quoted = ", ".join(f'"{root.translate(_ESCAPES)}"' for root in roots)
    return f"root in [{quoted}]"


def prepare(client: MilvusClient, server: Server, name: str, dim: int, spec: IndexSpec) -> None:
    """Make the collection where there is none, or its index where its maker did not get that far.

    Raises:
        VectorIndexError: It is there, but made for other embeddings or otherwise.
    """
    if not client.has_collection(name, timeout=CALL_SECONDS):
        create(client, name, dim, spec)
        return
    check(client, server, name, dim, spec)
    if not client.list_indexes(name, timeout=CALL_SECONDS):
        client.create_index(name, _index_params(spec), timeout=LOAD_SECONDS)


def create(client: MilvusClient, name: str, dim: int, spec: IndexSpec) -> None:
    """Make a collection, which is not loaded yet. On a server, several may do so at once."""
    from pymilvus import DataType
    from pymilvus import MilvusClient as Milvus

    schema = Milvus.create_schema(auto_id=False, enable_dynamic_field=False)
    schema.add_field("id", DataType.INT64, is_primary=True)
    schema.add_field("root", DataType.VARCHAR, max_length=36)
    schema.add_field("path", DataType.VARCHAR, max_length=MAX_VARCHAR)
    schema.add_field("origin", DataType.VARCHAR, max_length=MAX_VARCHAR)
    schema.add_field(VECTOR, DataType.FLOAT_VECTOR, dim=dim)
    client.create_collection(name, schema=schema, timeout=CALL_SECONDS)
    # Of no rows it is built at once, and the client would look after half a second whether it is.
    client.create_index(name, _index_params(spec), timeout=CALL_SECONDS, sync=False)


def check(
    client: MilvusClient, server: Server, name: str, dim: int, spec: IndexSpec, seconds: float = CALL_SECONDS
) -> None:
    """Hold a collection that is there against what is wanted.

    Raises:
        VectorIndexError: It is for vectors of another length, or has an index of another type or metric.
    """
    location = f"The collection {name}" + ("" if server.is_local else f" on the Milvus server at {server.uri}")
    fields = client.describe_collection(name, timeout=seconds)["fields"]
    there = next((int(field["params"]["dim"]) for field in fields if field["name"] == VECTOR), 0)
    if there != dim:
        raise VectorIndexError(
            f"{location} is not of this model: its embeddings have {there} numbers, not {dim}. Delete it there, or "
            "choose another model."
        )
    index = client.describe_index(name, VECTOR, timeout=seconds)
    if index and (index["index_type"] not in {spec.kind, CHOSEN_BY_THE_SERVER} or index["metric_type"] != spec.metric):
        raise VectorIndexError(
            f"{location} has an index of type {index['index_type']} and metric {index['metric_type']} instead of "
            f"{spec.kind} and {spec.metric}. Delete it there."
        )


def load(client: MilvusClient, name: str, is_cancelled: Callable[[], bool]) -> None:
    """Return when a collection can be searched, which may take a server that was just started half a minute.

    Raises:
        VectorIndexError: It takes too long, or waiting was cancelled.
    """
    from pymilvus.client.types import LoadState

    deadline = time.monotonic() + LOAD_SECONDS
    while time.monotonic() < deadline and not is_cancelled():
        # Asked for again, because a server that was just started may have forgotten that it is to do so.
        client.load_collection(name, timeout=LOAD_SECONDS, _async=True)
        if client.get_load_state(name, timeout=CALL_SECONDS)["state"] is LoadState.Loaded:
            return
        time.sleep(ASK_SECONDS)
    raise VectorIndexError("The search index was not loaded in time. Try again later.")


def build_again(client: MilvusClient, name: str, spec: IndexSpec) -> None:
    """Make the index of a collection anew, which keeps its rows: a kill while a file is written leaves half of it."""
    client.release_collection(name, timeout=CALL_SECONDS)
    client.drop_index(name, VECTOR, timeout=CALL_SECONDS)
    client.create_index(name, _index_params(spec), timeout=LOAD_SECONDS)
    client.load_collection(name, timeout=LOAD_SECONDS)


def _index_params(spec: IndexSpec) -> IndexParams:
    from pymilvus import MilvusClient

    params = MilvusClient.prepare_index_params()
    # Lite drops build parameters without a word unless they are wrapped once more; a server takes that too.
    build = {"params": dict(spec.build)}
    params.add_index(VECTOR, index_type=spec.kind, metric_type=spec.metric, params=build)
    return params
