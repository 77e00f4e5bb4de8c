"""Translates the errors of Milvus, pymilvus and gRPC into errors with a message for the user."""

from __future__ import annotations

import socket
import ssl
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import LibraryError, UnreachableIndexError, VectorIndexError
from core.vectors.connection import preload

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.errors import SemblanceError
    from core.vectors.connection import Server

HANDSHAKE_SECONDS = 2.0
MILVUS_PORT = 19_530

# Error codes of Milvus.
DISK_IS_FULL = 7
NO_COLLECTION = 100
NOT_LOADED = frozenset({101, 103})
NO_DATABASE = 800
ACCESS_DENIED = 1400
# Error code of pymilvus.
CANNOT_CONNECT = 2

TIMED_OUT = "DEADLINE_EXCEEDED"
UNREACHABLE = frozenset({"UNAVAILABLE", "CANCELLED", TIMED_OUT})


@dataclass(frozen=True, slots=True)
class _Cause:
    """The cause of an error.

    `code` is the error code of Milvus or pymilvus. `status` is the status of gRPC, if the call failed there.
    """

    code: int
    status: str
    text: str

    def mentions(self, *words: str) -> bool:
        return any(word.lower() in self.text.lower() for word in words)


@contextmanager
def translated_errors(server: Server, what: str, kind: type[VectorIndexError] = VectorIndexError) -> Iterator[None]:
    """Translate Milvus' errors in the block into errors of Semblance.

    `what` completes the sentence "The search index could not ...". Errors with an unrecognised cause become a `kind`.

    Raises:
        LibraryError: The disk of this computer is full.
        UnreachableIndexError: The server or process does not answer, or is not ready. Trying again later may help.
        VectorIndexError: Any other error.
    """
    preload()
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError) as error:
        cause = _cause(error)
        raise (
            _local_error(what, cause, kind) if server.is_local else _server_error(server, what, cause, kind)
        ) from error


def _cause(error: Exception) -> _Cause:
    import grpc

    # pymilvus raises gRPC's error itself, or chains it as cause or context. Do not follow the chain any further: it may
    # be circular.
    errors = (error, error.__cause__, error.__context__)
    rpc_error = next((each for each in errors if isinstance(each, grpc.RpcError)), None)
    if rpc_error:
        return _Cause(0, rpc_error.code().name, rpc_error.details() or "")
    code = getattr(error, "code", 0)
    # A restart of the local index closes the connection to the process that ended.
    is_closed = "closed channel" in str(error)
    status = "UNAVAILABLE" if code == CANNOT_CONNECT or is_closed else ""
    return _Cause(code if isinstance(code, int) else 0, status, getattr(error, "message", "") or str(error))


def _local_error(what: str, cause: _Cause, kind: type[VectorIndexError]) -> SemblanceError:
    if _is_full(cause):
        return LibraryError("The disk with the search index is full. Free some space, then try again. Nothing is lost.")
    if cause.status in UNREACHABLE:
        return UnreachableIndexError(f"The search index could not {what}: its process does not answer.")
    return kind(f"The search index could not {what}: {_first_line(cause.text)}.")


def _is_full(cause: _Cause) -> bool:
    return cause.code == DISK_IS_FULL or cause.mentions("no space left", "not enough space", "disk quota")


def _server_error(server: Server, what: str, cause: _Cause, kind: type[VectorIndexError]) -> SemblanceError:
    if cause.status in UNREACHABLE:
        return _connection_error(server, what, cause)
    milvus = f"The Milvus server at {server.uri}"
    failed = f"The search index on the Milvus server at {server.uri} could not {what}"
    if cause.status == "UNAUTHENTICATED" or cause.code == ACCESS_DENIED:
        if not server.token:
            return VectorIndexError(f"{milvus} requires a token. Enter the user name and password, or an API key.")
        return VectorIndexError(f"{milvus} refused the token. Check the user name and password, or the API key.")
    if cause.status == "PERMISSION_DENIED":
        return VectorIndexError(
            f"{failed}: the user lacks the permission ({_first_line(cause.text)}). Grant it on the server."
        )
    if cause.code == NO_DATABASE:
        return VectorIndexError(
            f'{milvus} has no database "{server.database}". Create it there, or leave the database name empty.'
        )
    if cause.status == "UNIMPLEMENTED":
        return _not_milvus(server)
    if cause.code in NOT_LOADED or cause.mentions("not available", "not ready", "offline"):
        return UnreachableIndexError(f"{milvus} is still starting. Searching works once it is ready.")
    if cause.code == NO_COLLECTION:
        return UnreachableIndexError(
            f"{milvus} no longer has the search index. Semblance rebuilds it when it reconnects."
        )
    if _is_full(cause):
        return VectorIndexError(f"The disk of the Milvus server at {server.uri} is full. Free some space there.")
    return kind(f"{failed}: {_first_line(cause.text)}. See the server's log for details.")


def _connection_error(server: Server, what: str, cause: _Cause) -> SemblanceError:
    """Return the error for a failed connection, judging by gRPC's text: its status does not tell the reasons apart."""
    uri = server.uri
    if cause.status == TIMED_OUT:
        return UnreachableIndexError(
            f"The Milvus server at {uri} does not answer. Check that it is running and that no firewall blocks the "
            "connection."
        )
    if cause.mentions("refused"):
        return UnreachableIndexError(
            f"The connection to {uri} was refused. Check that Milvus is running there and that the port is correct."
        )
    if cause.mentions("resolving", "DNS", "lookup"):
        return UnreachableIndexError(
            f"The host name in {uri} was not found. Check its spelling and your network connection."
        )
    if cause.mentions("CERTIFICATE_VERIFY_FAILED", "signature failure"):
        return VectorIndexError(_certificate_message(server, cause))
    if cause.mentions("hostname verification", "not in peer certificate"):
        return VectorIndexError(
            f"The certificate of the Milvus server at {uri} was issued for another host name. Use that name in the "
            "address."
        )
    if cause.mentions("WRONG_VERSION_NUMBER"):
        return VectorIndexError(
            f"The Milvus server at {uri} does not use encryption. Begin the address with http:// instead of https://."
        )
    if uri.startswith("http:") and _expects_tls(uri):
        return VectorIndexError(
            f"The Milvus server at {uri} requires encryption. Begin the address with https:// instead of http://."
        )
    if cause.mentions("HTTP/2", "ALPN"):
        return _not_milvus(server)
    return UnreachableIndexError(
        f"The search index on the Milvus server at {uri} could not {what}: {_last_part(cause.text)}. Check that the "
        "server is running."
    )


def _certificate_message(server: Server, cause: _Cause) -> str:
    certificate = f"The certificate of the Milvus server at {server.uri}"
    if cause.mentions("expired"):
        return f"{certificate} has expired. Renew it there."
    remedy = "Choose the certificate file of the authority that issued it."
    if server.ca_file:
        return f"{certificate} was not issued by an authority in {server.ca_file}. {remedy}"
    return f"{certificate} is not trusted. {remedy}"


def _not_milvus(server: Server) -> VectorIndexError:
    return VectorIndexError(
        f"The server at {server.uri} is not a Milvus server, or it is behind a proxy that does not support HTTP/2. "
        "Check the address and the port."
    )


def _expects_tls(uri: str) -> bool:
    """Return whether the server expects TLS. To a client without TLS, it only drops the connection."""
    parts = urlsplit(uri)
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    try:
        with (
            socket.create_connection((parts.hostname, parts.port or MILVUS_PORT), HANDSHAKE_SECONDS) as plain,
            context.wrap_socket(plain),
        ):
            return True
    except OSError:
        return False


def _first_line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")


def _last_part(text: str) -> str:
    """Return the last part of gRPC's text, which names the reason. The parts before it name addresses."""
    return _first_line(text).removesuffix(": OK").rpartition(": ")[2]
