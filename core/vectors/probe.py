"""Tests the connection to a Milvus server without changing anything on it."""

from __future__ import annotations

import statistics
import time
from contextlib import closing
from typing import TYPE_CHECKING

from core.reports import ConnectionReport
from core.vectors.collection import check
from core.vectors.connection import connect
from core.vectors.failures import translated_errors
from core.vectors.milvus import collection_name

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymilvus import MilvusClient

    from core.vectors.connection import Server
    from core.vectors.schema import IndexSpec

ANSWER_SECONDS = 10.0
LEAST_SECONDS = 0.5
ROUNDS = 5


def probe(
    server: Server, model: str, dim: int | None, spec: IndexSpec, is_cancelled: Callable[[], bool] = lambda: False
) -> ConnectionReport:
    """Connect to a server and return its version, its latency and the number of photos it has of a model.

    `dim` is the length of the model's embeddings, or None if it is not known. The test takes at most about ten seconds.
    While the server does not answer, `is_cancelled` is called.

    Raises:
        VectorIndexError: The server cannot be reached or used for embeddings of this model.
    """
    deadline = time.monotonic() + ANSWER_SECONDS
    with translated_errors(server, "be tested"), closing(connect(server, is_cancelled)) as client:
        name = collection_name(model, spec)
        latencies = []
        for _ in range(ROUNDS):
            began = time.monotonic()
            version = client.get_server_version(timeout=_left(deadline))
            latencies.append(1000 * (time.monotonic() - began))
        photos = None
        if client.has_collection(name, timeout=_left(deadline)):
            check(client, server, name, dim, spec, _left(deadline))
            photos = _photos(client, name, _left(deadline))
    return ConnectionReport(version, statistics.median(latencies), photos)


def _photos(client: MilvusClient, name: str, seconds: float) -> int:
    from pymilvus.client.types import LoadState

    if client.get_load_state(name, timeout=seconds)["state"] is not LoadState.Loaded:
        # Querying needs a loaded collection, and loading may take longer than the test. The statistics cover only rows
        # that the server has flushed.
        return int(client.get_collection_stats(name, timeout=seconds)["row_count"])
    (row,) = client.query(name, filter="", output_fields=["count(*)"], consistency_level="Strong", timeout=seconds)
    return int(row["count(*)"])


def _left(deadline: float) -> float:
    return max(LEAST_SECONDS, deadline - time.monotonic())
