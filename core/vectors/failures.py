"""What goes wrong with a Milvus, in words for the user."""

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

# Of Milvus itself.
DISK_IS_FULL = 7
NO_COLLECTION = 100
NOT_LOADED = frozenset({101, 103})
NO_DATABASE = 800
NOT_LET_IN = 1400
# Of pymilvus.
CANNOT_CONNECT = 2

SILENT = "DEADLINE_EXCEEDED"
AWAY = frozenset({"UNAVAILABLE", "CANCELLED", SILENT})


@dataclass(frozen=True, slots=True)
class _Trouble:
    """An error as it came: Milvus' code, gRPC's status where it did not get as far as Milvus, and the text."""

    code: int
    status: str
    text: str

    def tells_of(self, *words: str) -> bool:
        return any(word.lower() in self.text.lower() for word in words)


@contextmanager
def errors_at(server: Server, what: str, kind: type[VectorIndexError] = VectorIndexError) -> Iterator[None]:
    """Turn Milvus' errors into ours: the index of a server could not do `what`.

    Raises:
        LibraryError: The disk of this computer is full.
        UnreachableIndexError: Nothing answers there, which may pass by itself.
        VectorIndexError: Anything else, as the `kind` that is given where it is not known what it is.
    """
    preload()
    import grpc
    from pymilvus.exceptions import MilvusException

    try:
        yield
    except (MilvusException, grpc.RpcError) as error:
        trouble = _trouble(error)
        raise (_at_home(what, trouble, kind) if server.is_local else _away(server, what, trouble, kind)) from error


def _trouble(error: Exception) -> _Trouble:
    import grpc

    # pymilvus tells what gRPC said in the one or the other. Not the whole chain: it may lead back to itself.
    near = (error, error.__cause__, error.__context__)
    call = next((one for one in near if isinstance(one, grpc.RpcError)), None)
    if call:
        return _Trouble(0, call.code().name, call.details() or "")
    code = getattr(error, "code", 0)
    # A connection that was closed meanwhile, because it was of a process that ended.
    is_closed = "closed channel" in str(error)
    status = "UNAVAILABLE" if code == CANNOT_CONNECT or is_closed else ""
    return _Trouble(code if isinstance(code, int) else 0, status, getattr(error, "message", "") or str(error))


def _at_home(what: str, trouble: _Trouble, kind: type[VectorIndexError]) -> SemblanceError:
    if _is_full(trouble):
        return LibraryError("The disk with the search index is full. Free some space and go on; nothing was lost.")
    if trouble.status in AWAY:
        return UnreachableIndexError(f"The search index could not {what}: its process does not answer.")
    return kind(f"The search index could not {what}: {_line(trouble.text)}.")


def _is_full(trouble: _Trouble) -> bool:
    return trouble.code == DISK_IS_FULL or trouble.tells_of("no space left", "not enough space", "disk quota")


def _away(server: Server, what: str, trouble: _Trouble, kind: type[VectorIndexError]) -> SemblanceError:
    if trouble.status in AWAY:
        return _unheard(server, what, trouble)
    milvus = f"The Milvus server at {server.uri}"
    failed = f"The search index on the Milvus server at {server.uri} could not {what}"
    if trouble.status == "UNAUTHENTICATED" or trouble.code == NOT_LET_IN:
        if not server.token:
            return VectorIndexError(f"{milvus} does not answer without a token. Give user:password, or an API key.")
        return VectorIndexError(f"{milvus} refused the token. Check the user and password, or the API key.")
    if trouble.status == "PERMISSION_DENIED":
        return VectorIndexError(
            f"{failed}: the user is not allowed to ({_line(trouble.text)}). Have the right granted there."
        )
    if trouble.code == NO_DATABASE:
        return VectorIndexError(
            f'{milvus} has no database "{server.database}". Have it created there, or leave the database out.'
        )
    if trouble.status == "UNIMPLEMENTED":
        return _stranger(server)
    if trouble.code in NOT_LOADED or trouble.tells_of("not available", "not ready", "offline"):
        return UnreachableIndexError(f"{milvus} is busy starting, and cannot search yet. It will by itself.")
    if trouble.code == NO_COLLECTION:
        return UnreachableIndexError(f"{milvus} has the search index no longer. It is made anew on reconnecting.")
    if _is_full(trouble):
        return VectorIndexError(f"The disk of the Milvus server at {server.uri} is full. Have some space freed there.")
    return kind(f"{failed}: {_line(trouble.text)}. The server's log may tell more.")


def _unheard(server: Server, what: str, trouble: _Trouble) -> SemblanceError:
    """Return why a connection failed, from what gRPC says, as there is nothing else."""
    uri = server.uri
    if trouble.status == SILENT:
        return UnreachableIndexError(
            f"The Milvus server at {uri} does not answer. Check that it is running, and that no firewall is in between."
        )
    if trouble.tells_of("refused"):
        return UnreachableIndexError(
            f"The connection to {uri} was refused. Check that Milvus is running there, and listens at that port."
        )
    if trouble.tells_of("resolving", "DNS", "lookup"):
        return UnreachableIndexError(
            f"The name in {uri} is not known in this network. Check how it is spelt, and that you are connected."
        )
    if trouble.tells_of("CERTIFICATE_VERIFY_FAILED", "signature failure"):
        return VectorIndexError(_distrust(server, trouble))
    if trouble.tells_of("hostname verification", "not in peer certificate"):
        return VectorIndexError(
            f"The certificate of the Milvus server at {uri} is for another name. Use the name that it was made for."
        )
    if trouble.tells_of("WRONG_VERSION_NUMBER"):
        return VectorIndexError(
            f"The Milvus server at {uri} does not encrypt. Begin the address with http:// instead of https://."
        )
    if uri.startswith("http:") and _encrypts(uri):
        return VectorIndexError(
            f"The Milvus server at {uri} encrypts. Begin the address with https:// instead of http://."
        )
    if trouble.tells_of("HTTP/2", "ALPN"):
        return _stranger(server)
    return UnreachableIndexError(
        f"The search index on the Milvus server at {uri} could not {what}: {_last(trouble.text)}. Check that the "
        "server is running."
    )


def _distrust(server: Server, trouble: _Trouble) -> str:
    certificate = f"The certificate of the Milvus server at {server.uri}"
    if trouble.tells_of("expired"):
        return f"{certificate} has expired. Have it renewed there."
    if server.ca_file:
        return f"{certificate} is not of an authority in {server.ca_file}. Give the file of the authority that made it."
    return f"{certificate} is not trusted. Give the file with the certificate of the authority that made it."


def _stranger(server: Server) -> VectorIndexError:
    return VectorIndexError(
        f"What answers at {server.uri} is no Milvus server, or behind a proxy that does not pass HTTP/2 on. Check the "
        "address and its port."
    )


def _encrypts(uri: str) -> bool:
    """Tell whether what listens there wants TLS, of which one who speaks without it learns only that it hangs up."""
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


def _line(text: str) -> str:
    return text.strip().partition("\n")[0].rstrip(".")


def _last(text: str) -> str:
    """Return the part of what gRPC says that tells what is the matter, after all those that tell where."""
    return _line(text).removesuffix(": OK").rpartition(": ")[2]
