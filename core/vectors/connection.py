"""Connects to Milvus."""

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
"""The timeouts of successive connection attempts, in seconds. They grow because a distant server may just be slow."""
CONNECT_SECONDS = sum(WAITS)
KEEPALIVE_MS = 10 * 60_000
"""The default of pymilvus, 10 s, is too short: a server drops idle clients that send pings so often."""


@dataclass(frozen=True, slots=True)
class Server:
    """The address of a Milvus server, and the credentials for it.

    `token` is `user:password` or an API key. An empty `database` means the server's default database. `ca_file` is the
    path of a file with the certificates of the authorities to trust for an https address. If it is empty, the usual
    public authorities are trusted. `is_local` means that the server is Milvus Lite in a process that Semblance started.
    """

    uri: str
    token: str = field(default="", repr=False)
    database: str = ""
    ca_file: str = ""
    is_local: bool = False

    @property
    def location(self) -> str:
        """Return the address and the database, which together identify where the collections are stored."""
        uri = self.uri.rstrip("/")
        return f"{uri}/{self.database}" if self.database else uri


def connect(server: Server, is_cancelled: Callable[[], bool] = lambda: False) -> MilvusClient:
    """Return a connection to Milvus. Between attempts, `is_cancelled` is called.

    Raises:
        VectorIndexError: The address or the certificate file is not valid.
        MilvusException: The server does not answer, refuses the token or does not have the database, or connecting was
            cancelled.
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
                # By default, pymilvus shares one connection among all clients with the same address and token, even if
                # their certificates differ, and never closes it.
                dedicated=True,
            )
            break
        except MilvusException:
            # A quick failure is a refusal, and another attempt would be refused too. Only a timeout is worth a retry.
            has_timed_out = time.monotonic() - began > seconds / 2
            if not has_timed_out or is_cancelled() or seconds == WAITS[-1]:
                raise
    if server.database:
        _check_database(client, seconds)
    return client


def preload() -> None:
    """Import the modules that connecting needs. This takes half a second and can run beside other work."""
    # Semblance reports errors in its own words, so gRPC and pymilvus must not write to standard error. gRPC reads the
    # variable when it is imported. pymilvus would log the traceback of every failed call.
    os.environ.setdefault("GRPC_VERBOSITY", "NONE")
    import pymilvus  # noqa: F401 - the import itself is the purpose

    if not logging.getLogger().isEnabledFor(logging.DEBUG):
        logging.getLogger("pymilvus").setLevel(logging.CRITICAL)


def _check(server: Server) -> None:
    if server.is_local:
        return
    if "@" in server.uri:
        raise VectorIndexError(
            "The address of the Milvus server contains a user or a password, which would be saved unencrypted. Enter "
            "user:password as the token instead."
        )
    scheme, host, end = "", "", ""
    with suppress(ValueError):
        parts = urlsplit(server.uri)
        scheme, host, end = parts.scheme, parts.hostname or "", parts.path.strip("/") + parts.query + parts.fragment
    # pymilvus cannot separate the port from an IPv6 address.
    if scheme not in {"http", "https"} or not host or ":" in host or end:
        raise VectorIndexError(
            f'"{server.uri}" is not the address of a Milvus server. Write http:// or https://, a host name or IPv4 '
            "address, and a port, such as http://localhost:19530."
        )
    if server.ca_file:
        _check_ca_file(server, scheme)


def _check_ca_file(server: Server, scheme: str) -> None:
    if scheme != "https":
        raise VectorIndexError(
            f"A certificate file has no effect on the connection to {server.uri}, which is not encrypted. Begin the "
            "address with https://, or remove the file."
        )
    try:
        ssl.create_default_context(cafile=server.ca_file)
    except ssl.SSLError as error:
        raise VectorIndexError(
            f"The certificate file {server.ca_file} contains no certificates. Choose a PEM file."
        ) from error
    except OSError as error:
        raise VectorIndexError(f"The certificate file {server.ca_file} cannot be read: {error.strerror}.") from error


def _check_database(client: MilvusClient, seconds: float) -> None:
    # For a database that does not exist, some servers report only that a collection is missing. Listing the collections
    # is the call that reports the database.
    try:
        client.list_collections(timeout=seconds)
    except BaseException:
        client.close()
        raise
