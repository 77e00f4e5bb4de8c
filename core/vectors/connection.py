"""A connection to a Milvus."""

from __future__ import annotations

import logging
import os
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import VectorIndexError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pymilvus import MilvusClient

WAITS = (1.5, 3.0, 4.5)
"""Seconds that an answer is waited for. Each time longer, as what is far away may be slow rather than away."""
CONNECT_SECONDS = sum(WAITS)
KEEPALIVE_MS = 10 * 60_000
"""pymilvus' own 10 s is oftener than a server allows: it hangs up on a client that pings so while nothing is asked."""


@dataclass(frozen=True, slots=True)
class Server:
    """Where a Milvus answers, and what lets us in.

    `token` is `user:password` or an API key. An empty `database` is the server's default one. `ca_file` holds the
    certificates of the authorities that count for an https address; without one those that are known everywhere do.
    `is_local`: it is Milvus Lite in a process of ours.
    """

    uri: str
    token: str = field(default="", repr=False)
    database: str = ""
    ca_file: str = ""
    is_local: bool = False

    @property
    def location(self) -> str:
        """Return the name of the place where its collections are."""
        uri = self.uri.rstrip("/")
        return f"{uri}/{self.database}" if self.database else uri


def connect(server: Server, is_cancelled: Callable[[], bool] = lambda: False) -> MilvusClient:
    """Return a connection to a Milvus, waited for in slices between which `is_cancelled` is asked.

    Raises:
        VectorIndexError: The address or the file with certificates is none.
        MilvusException: Nothing answers there, it refuses the token, it has no such database, or waiting was cancelled.
    """
    preload()
    from pymilvus import MilvusClient
    from pymilvus.exceptions import MilvusException

    _check(server)
    for seconds in WAITS:
        began = time.monotonic()
        try:
            client = MilvusClient(
                server.uri,
                token=server.token,
                db_name=server.database,
                timeout=seconds,
                grpc_options={"grpc.keepalive_time_ms": KEEPALIVE_MS},
                server_pem_path=server.ca_file,
                # Without it, one is shared by all of the same address and token, whatever the certificates, and stays.
                dedicated=True,
            )
            break
        except MilvusException:
            # What is refused is refused at once, and stays so; only silence may still become an answer.
            is_silent = time.monotonic() - began > seconds / 2
            if not is_silent or is_cancelled() or seconds == WAITS[-1]:
                raise
    if server.database:
        _find_database(client, seconds)
    return client


def preload() -> None:
    """Import what connecting needs, which takes half a second and can be done beside something else."""
    # What goes wrong is told in words of ours, so neither writes to standard error: not gRPC, which looks here when it
    # is imported, and not pymilvus, which would show the traceback of every failed call.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import pymilvus  # noqa: F401 - to have it imported is the purpose

    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


def _check(server: Server) -> None:
    if server.is_local:
        return
    if "@" in server.uri:
        raise VectorIndexError(
            "The address of the Milvus server holds a user or password, which would be kept readable with it. "
            "Give user:password as the token instead."
        )
    scheme, host, end = "", "", ""
    with suppress(ValueError):
        parts = urlsplit(server.uri)
        scheme, host, end = parts.scheme, parts.hostname or "", parts.path.strip("/") + parts.query + parts.fragment
    # pymilvus cannot tell the port from the address where that is one of IPv6.
    if scheme not in {"http", "https"} or not host or ":" in host or end:
        raise VectorIndexError(
            f'"{server.uri}" is not the address of a Milvus server. It consists of http:// or https://, the name or '
            "IPv4 address of a computer, and a port: http://localhost:19530."
        )
    if server.ca_file:
        _check_certificates(server, scheme)


def _check_certificates(server: Server, scheme: str) -> None:
    if scheme != "https":
        raise VectorIndexError(
            f"A file with certificates is of no use at {server.uri}, which is not encrypted. Begin the address with "
            "https://, or leave the file out."
        )
    try:
        ssl.create_default_context(cafile=server.ca_file)
    except ssl.SSLError as error:
        raise VectorIndexError(f"The file {server.ca_file} holds no certificates. It has to be a PEM file.") from error
    except OSError as error:
        raise VectorIndexError(
            f"The file with certificates {server.ca_file} cannot be read: {error.strerror}."
        ) from error


def _find_database(client: MilvusClient, seconds: float) -> None:
    # Some servers take the collections of a database that they do not have for missing, and say so only here.
    try:
        client.list_collections(timeout=seconds)
    except BaseException:
        client.close()
        raise
