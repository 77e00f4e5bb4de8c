"""Fetches a query picture from the web.

The user typed or dropped the first address, so it may lead anywhere, even into a private network. Where a server then
redirects to was not the user's choice, so a redirect must not reach into the user's own network.
"""

from __future__ import annotations

import http.client
import io
import socket
import ssl
import time
from contextlib import suppress
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

from core.errors import DecodeError
from core.models.download import ssl_context
from core.search.web_address import ip_addresses, is_public, parse

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from core.search.web_address import WebAddress

_HEADERS = {"User-Agent": "Semblance", "Accept": "image/*, */*;q=0.5", "Connection": "close"}
_WEB_PAGES = {"text/html", "application/xhtml+xml"}
_FILE_INSTEAD = "Save the picture, and search with the file."


@dataclass(frozen=True, slots=True)
class Limits:
    """What fetching a picture may take: bytes, redirects, seconds without an answer, and seconds altogether."""

    size: int = 50_000_000
    redirects: int = 5
    silence: float = 10.0
    duration: float = 30.0


DEFAULT_LIMITS = Limits()


def fetch_picture(address: str, limits: Limits = DEFAULT_LIMITS) -> bytes:
    """Return the bytes of the picture at a web address. Nothing is kept, and no cookie or referrer is sent.

    Proxies that the environment names are not used: they would look up the hosts of redirects themselves, so that
    these could not be checked. A slow name server is waited for beyond the limits.

    Raises:
        DecodeError: The address is not valid, the server cannot be reached or refuses, redirects to a private network,
            sends a web page, or exceeds the limits.
    """
    timer = _Timer(time.monotonic() + limits.duration, limits.silence)
    typed = current = parse(address)
    try:
        # Looked up once, and not again for a redirect to the same host, which could have another address by then.
        typed_ips = ips = ip_addresses(typed.host)
        for _ in range(limits.redirects + 1):
            content = _get(current, ips, timer, limits.size)
            if isinstance(content, bytes):
                return content
            current = current.redirected(content.location)
            ips = typed_ips if current.host == typed.host else _public_ips(current.host)
    except TimeoutError as error:
        raise DecodeError(f"{current.host} is too slow or does not answer. Try again later.") from error
    except http.client.HTTPException as error:
        raise DecodeError(f"{current.host} sent an answer that is invalid or incomplete. Try again later.") from error
    except ssl.SSLError as error:
        raise DecodeError(f"No secure connection to {current.host} is possible: {_tls_reason(error)}.") from error
    except OSError as error:
        reason = error.strerror or str(error) or type(error).__name__
        raise DecodeError(f"{current.host} could not be reached ({reason}). Is this computer online?") from error
    raise DecodeError(f"The server redirects more than {limits.redirects} times. {_FILE_INSTEAD}")


@dataclass(frozen=True, slots=True)
class _Redirect:
    location: str


@dataclass(frozen=True, slots=True)
class _Timer:
    """Limits the time of each step, and of all together."""

    deadline: float
    silence: float

    def step(self) -> float:
        """Return the seconds that the next step may take. Raises a TimeoutError if there are none left."""
        left = self.deadline - time.monotonic()
        if left <= 0:
            raise TimeoutError
        return min(left, self.silence)


class _TimedStream(io.RawIOBase):
    """Reads from a socket. A server that sends a byte now and then would never exceed the socket's own timeout."""

    def __init__(self, connection: socket.socket, timer: _Timer) -> None:
        self._connection, self._timer = connection, timer

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:  # noqa: ANN401 - the base class's type
        self._connection.settimeout(self._timer.step())
        return self._connection.recv_into(buffer)


class _Socket:
    """The part of a socket that http.client needs."""

    def __init__(self, connection: socket.socket, timer: _Timer) -> None:
        self._connection, self._timer = connection, timer

    def sendall(self, data: bytes) -> None:
        self._connection.settimeout(self._timer.step())
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        return io.BufferedReader(_TimedStream(self._connection, self._timer))

    def close(self) -> None:
        """Leave the connection open: http.client closes it while the body is still to be read."""


def _get(address: WebAddress, ips: Sequence[str], timer: _Timer, max_size: int) -> bytes | _Redirect:
    with _connect(address, ips, timer) as connection:
        client = http.client.HTTPConnection(address.host, address.port)
        client.sock = _Socket(connection, timer)
        client.request("GET", address.target, headers={"Host": address.authority, **_HEADERS})
        with client.getresponse() as response:
            if 300 <= response.status < 400 and (location := response.headers["Location"]):
                return _Redirect(location)
            _check(response, address.host)
            return _body(response, max_size)


def _connect(address: WebAddress, ips: Sequence[str], timer: _Timer) -> socket.socket:
    *first, last = [(ip, address.port) for ip in ips]
    for place in first:
        with suppress(OSError):
            return _encrypted(socket.create_connection(place, timer.step()), address)
    return _encrypted(socket.create_connection(last, timer.step()), address)


def _encrypted(connection: socket.socket, address: WebAddress) -> socket.socket:
    if address.scheme == "http":
        return connection
    return ssl_context().wrap_socket(connection, server_hostname=address.host)


def _tls_reason(error: ssl.SSLError) -> str:
    return error.verify_message if isinstance(error, ssl.SSLCertVerificationError) else error.reason or "it failed"


def _public_ips(host: str) -> list[str]:
    ips = ip_addresses(host)
    if not all(map(is_public, ips)):
        raise DecodeError(
            f"The server redirects to {host}, which is this computer or in a private network. {_FILE_INSTEAD}"
        )
    return ips


def _check(response: http.client.HTTPResponse, host: str) -> None:
    status = response.status
    if status in (HTTPStatus.NOT_FOUND, HTTPStatus.GONE):
        raise DecodeError(f"{host} has nothing at this address. Is it complete?")
    if status in (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN):
        raise DecodeError(f"{host} does not give this picture to programs. {_FILE_INSTEAD}")
    if not 200 <= status < 300:
        raise DecodeError(f"{host} answered with the error {status}. Try again later.")
    if response.headers.get_content_type() in _WEB_PAGES:
        raise DecodeError("This is a web page, not a picture. Give the address of the picture itself.")


def _body(response: http.client.HTTPResponse, max_size: int) -> bytes:
    expected = response.length
    body = response.read(max_size + 1) if (expected or 0) <= max_size else b""
    if max(expected or 0, len(body)) > max_size:
        raise DecodeError(f"The picture is larger than {max_size // 1_000_000} MB. {_FILE_INSTEAD}")
    if expected is not None and len(body) < expected:
        raise http.client.IncompleteRead(body, expected - len(body))
    return body
