"""Fetches a file over HTTP so that a cut, a kill or a full disk never leaves half a file under its name."""

from __future__ import annotations

import hashlib
import http.client
import re
import ssl
import urllib.error
import urllib.request
from functools import cache
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from core.errors import DownloadError

if TYPE_CHECKING:
    from collections.abc import Callable
    from email.message import Message
    from http.client import HTTPMessage
    from pathlib import Path
    from typing import IO, TypeAlias

    OnDownload: TypeAlias = Callable[[int, int | None], None]
    """Told the bytes that are there and the bytes that there will be, where the server says so."""

_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 1 << 18
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_STRONG_ETAG = re.compile(r'"[!#-~]*"')
"""Not `W/"..."`: two files of one weak tag may differ in bytes, so parts of them must not be joined."""
_REMEDY = "Try again later, or fetch the weights another way and give them with --weights FILE."


def fetch(url: str, destination: Path, sha256_prefix: str | None, on_progress: OnDownload | None = None) -> Path:
    """Return `destination` once it holds what is at `url`. What an earlier call was cut off at is carried on from.

    The hash must begin with `sha256_prefix`; a hash that the server announces is checked as well. An exception that
    `on_progress` raises ends the download and comes through.

    Raises:
        DownloadError: The server cannot be reached or refuses, the file is not the expected one, or the disk is full.
    """
    try:
        if destination.is_file() and (sha256_prefix is None or _sha256(destination).startswith(sha256_prefix)):
            return destination
        destination.parent.mkdir(parents=True, exist_ok=True)
        part = destination.with_name(f"{destination.name}.part")
        route = _receive(url, part, on_progress)
        _check(part, sha256_prefix, route)
        part.replace(destination)
        _validator_file(part).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DownloadError(f"The weights cannot be stored in {destination.parent}: {reason}.") from error
    return destination


class _Route(urllib.request.HTTPRedirectHandler):
    """Follows redirects; knows the host asked last, and the hash, which hubs announce only when they redirect."""

    def __init__(self, url: str) -> None:
        self.host = _host(url)
        self.sha256 = ""

    def note(self, headers: Message) -> None:
        """Keep the hash that an answer announces."""
        announced = _SHA256.fullmatch(headers.get("X-Linked-Etag", ""))
        self.sha256 = announced[1] if announced else self.sha256

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        self.note(headers)
        self.host = _host(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(url: str, part: Path, on_progress: OnDownload | None) -> _Route:
    route = _Route(url)
    with _ask(url, part, route) as answer:
        route.note(answer.headers)
        there = part.stat().st_size if answer.status == HTTPStatus.PARTIAL_CONTENT else 0
        total = there + answer.length if answer.length is not None else None
        with part.open("ab" if there else "wb") as file:
            _remember_validator(part, answer)
            while chunk := _read(answer, route):
                file.write(chunk)
                there += len(chunk)
                if on_progress:
                    on_progress(there, total)
    if total is not None and there < total:
        raise DownloadError(
            f"{route.host} broke off after {there >> 20} of {total >> 20} MB. Try again: the download carries on there."
        )
    return route


def _ask(url: str, part: Path, route: _Route) -> http.client.HTTPResponse:
    headers = {"User-Agent": "Semblance"}
    validator = _validator(part)
    if validator:
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": validator}
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=_trust()), route)
    try:
        request = urllib.request.Request(url, headers=headers)
        answer: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and validator:
            _validator_file(part).unlink()  # the part is no beginning of what the server has
            return _ask(url, part, route)
        raise DownloadError(f"{route.host} refused {url} ({error.code} {error.reason}). {_REMEDY}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: an address that is none
        raise _unreachable(route, error) from error
    return answer


def _read(answer: http.client.HTTPResponse, route: _Route) -> bytes:
    try:
        return answer.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(route, error) from error


def _unreachable(route: _Route, error: Exception) -> DownloadError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    reason = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return DownloadError(f"{route.host} could not be reached ({reason}). Is this computer online? {_REMEDY}")


def _check(part: Path, sha256_prefix: str | None, route: _Route) -> None:
    sha256 = _sha256(part)
    if sha256.startswith(sha256_prefix or "") and sha256.startswith(route.sha256):
        return
    part.unlink()
    _validator_file(part).unlink()
    raise DownloadError(f"What {route.host} sent is not the expected file: its hash begins {sha256[:8]}. {_REMEDY}")


def _remember_validator(part: Path, answer: http.client.HTTPResponse) -> None:
    _validator_file(part).write_text(answer.headers.get("ETag", ""), encoding="utf-8")


def _validator(part: Path) -> str:
    """Return the ETag of the file that `part` is the beginning of, or nothing where there is no such beginning."""
    file = _validator_file(part)
    if not part.is_file() or not file.is_file():
        return ""
    etag = file.read_text(encoding="utf-8", errors="replace")
    return etag if _STRONG_ETAG.fullmatch(etag) else ""


def _validator_file(part: Path) -> Path:
    return part.with_suffix(".etag")


@cache
def _trust() -> ssl.SSLContext:
    import certifi

    context = ssl.create_default_context()  # the system's certificates: a company's own are among them
    context.load_verify_locations(certifi.where())  # and a frozen program may not find the system's
    return context


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
