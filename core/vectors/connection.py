"""A connection to a Milvus, and its errors in words for the user."""

from __future__ import annotations

import errno
import logging
import os
import time
from contextlib import contextmanager
from typing import TYPE_CHECKING

from core.errors import LibraryError, UnreachableIndexError, VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pymilvus import MilvusClient

TIMEOUT = 30.0
CONNECT_SECONDS = 10.0
SLICE_SECONDS = 1.5
KEEPALIVE_MS = 10 * 60_000
"""pymilvus' own 10 s is oftener than a server allows: it hangs up on a client that pings so while nothing is asked."""

CANNOT_CONNECT = 2
"""The code of a `MilvusException` of which nothing came from a server."""

NO_SPACE = os.strerror(errno.ENOSPC)


def connect(uri: str, token: str = "", is_cancelled: Callable[[], bool] = lambda: False) -> MilvusClient:
    """Return a connection to a Milvus, waited for in slices between which `is_cancelled` is asked.

    Raises:
        MilvusException: Nothing answers there, it refuses the token, or waiting was cancelled.
    """
    preload()
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    options = {"grpc.keepalive_time_ms": KEEPALIVE_MS}
    deadline = time.monotonic() + CONNECT_SECONDS
    while True:
        began = time.monotonic()
        try:
            return MilvusClient(uri=uri, token=token, timeout=SLICE_SECONDS, grpc_options=options)
        except MilvusException:
            # What is refused is refused at once, and stays so; only silence may still become an answer.
            is_silent = time.monotonic() - began > SLICE_SECONDS / 2
            if not is_silent or is_cancelled() or time.monotonic() > deadline:
                raise


def preload() -> None:
    """Import what connecting needs, which takes half a second and can be done beside something else."""
    import pymilvus  # noqa: F401 - to have it imported is the purpose

    # It writes the traceback of every failed call to standard error, though each is told in words of ours.
    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


@contextmanager
def errors_at(uri: str, what: str, kind: type[VectorIndexError] = VectorIndexError) -> Iterator[None]:
    """Turn Milvus' errors into ours: the index at `uri` could not do `what`.

    Raises:
        LibraryError: The disk is full.
        UnreachableIndexError: Nothing answers.
        VectorIndexError: Anything else, as the `kind` that is given.
    """
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError) as error:
        reason = getattr(error, "message", "") or str(error)
        if NO_SPACE in reason:
            raise LibraryError(
                "The disk with the search index is full. Free some space and go on; nothing was lost."
            ) from error
        if _is_refused(error):
            raise VectorIndexError(
                f"The Milvus server at {uri} refused the token. Give user:password, or an API key, with --token."
            ) from error
        place, remedy = (f" at {uri}", " Check that Milvus is running there.") if uri.startswith("http") else ("", "")
        raise (UnreachableIndexError if _is_out_of_reach(error) else kind)(
            f"The search index{place} could not {what}: {reason}.{remedy}"
        ) from error


def _is_refused(error: Exception) -> bool:
    """Tell whether the server does not let us in; pymilvus says so only in the cause of its error."""
    import grpc

    # Not the whole chain: it leads back to itself.
    return any(
        isinstance(one, grpc.RpcError) and one.code() is grpc.StatusCode.UNAUTHENTICATED
        for one in (error, error.__cause__)
    )


def _is_out_of_reach(error: Exception) -> bool:
    import grpc
    from pymilvus.exceptions import MilvusException

    if isinstance(error, MilvusException) and error.code == CANNOT_CONNECT:
        return True
    silent = {grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED}
    return isinstance(error, grpc.RpcError) and error.code() in silent
