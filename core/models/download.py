"""Downloads files over HTTP. After an interruption, a crash or a full disk, no incomplete file has the final name."""

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
    """Called with the bytes received so far and the total, which is None if the server does not announce it."""

_TIMEOUT_SECONDS = 30.0
_CHUNK_BYTES = 1 << 18
_SHA256 = re.compile(r'"?([0-9a-f]{64})"?')
_STRONG_ETAG = re.compile(r'"[!#-~]*"')
"""Excludes weak tags (`W/"..."`): files with the same weak tag may differ, so their parts must not be joined."""
_REMEDY = "Try again later, or download the weights in another way and pass them with --weights FILE."


def fetch(url: str, destination: Path, sha256_prefix: str | None, on_progress: OnDownload | None = None) -> Path:
    """Download `url` to `destination`, unless the file is already there, and return `destination`.

    An interrupted download continues where it stopped. The SHA-256 of the file must begin with `sha256_prefix`. If the
    server announces a hash, the file must match that as well. An exception from `on_progress` ends the download and
    propagates.

    Raises:
        DownloadError: The server cannot be reached or refuses, the file is not the expected one, or the disk is full.
    """
    try:
        if destination.is_file() and (sha256_prefix is None or _sha256(destination).startswith(sha256_prefix)):
            return destination
        destination.parent.mkdir(parents=True, exist_ok=True)
        part = destination.with_name(f"{destination.name}.part")
        redirects = _receive(url, part, on_progress)
        _check(part, sha256_prefix, redirects)
        part.replace(destination)
        _validator_file(part).unlink(missing_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise DownloadError(f"The weights cannot be stored in {destination.parent}: {reason}.") from error
    return destination


class _Redirects(urllib.request.HTTPRedirectHandler):
    """Follows redirects, and records the last host and the announced hash, which hubs send only with a redirect."""

    def __init__(self, url: str) -> None:
        self.host = _host(url)
        self.sha256 = ""

    def record_hash(self, headers: Message) -> None:
        """Record the hash that the headers of a response announce, if any."""
        announced = _SHA256.fullmatch(headers.get("X-Linked-Etag", ""))
        self.sha256 = announced[1] if announced else self.sha256

    def redirect_request(
        self, req: urllib.request.Request, fp: IO[bytes], code: int, msg: str, headers: HTTPMessage, newurl: str
    ) -> urllib.request.Request | None:
        self.record_hash(headers)
        self.host = _host(newurl)
        return super().redirect_request(req, fp, code, msg, headers, newurl)


def _receive(url: str, part: Path, on_progress: OnDownload | None) -> _Redirects:
    redirects = _Redirects(url)
    with _request(url, part, redirects) as response:
        redirects.record_hash(response.headers)
        received = part.stat().st_size if response.status == HTTPStatus.PARTIAL_CONTENT else 0
        total = received + response.length if response.length is not None else None
        with part.open("ab" if received else "wb") as file:
            _save_validator(part, response)
            while chunk := _read(response, redirects):
                file.write(chunk)
                received += len(chunk)
                if on_progress:
                    on_progress(received, total)
    if total is not None and received < total:
        raise DownloadError(
            f"{redirects.host} ended the download after {received >> 20} of {total >> 20} MB. Try again: the download "
            "continues from there."
        )
    return redirects


def _request(url: str, part: Path, redirects: _Redirects) -> http.client.HTTPResponse:
    headers = {"User-Agent": "Semblance"}
    validator = _validator(part)
    if validator:
        headers |= {"Range": f"bytes={part.stat().st_size}-", "If-Range": validator}
    opener = urllib.request.build_opener(urllib.request.HTTPSHandler(context=ssl_context()), redirects)
    try:
        request = urllib.request.Request(url, headers=headers)
        response: http.client.HTTPResponse = opener.open(request, timeout=_TIMEOUT_SECONDS)
    except urllib.error.HTTPError as error:
        error.close()
        if error.code == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and validator:
            _validator_file(part).unlink()  # the partial file is not the beginning of the server's file
            return _request(url, part, redirects)
        raise DownloadError(f"{redirects.host} refused {url} ({error.code} {error.reason}). {_REMEDY}") from error
    except (OSError, http.client.HTTPException, ValueError) as error:  # ValueError: invalid URL
        raise _unreachable(redirects, error) from error
    return response


def _read(response: http.client.HTTPResponse, redirects: _Redirects) -> bytes:
    try:
        return response.read(_CHUNK_BYTES)
    except (OSError, http.client.HTTPException) as error:
        raise _unreachable(redirects, error) from error


def _unreachable(redirects: _Redirects, error: Exception) -> DownloadError:
    cause = error.reason if isinstance(error, urllib.error.URLError) else error
    reason = (cause.strerror if isinstance(cause, OSError) else None) or str(cause) or type(cause).__name__
    return DownloadError(f"{redirects.host} could not be reached ({reason}). Is this computer online? {_REMEDY}")


def _check(part: Path, sha256_prefix: str | None, redirects: _Redirects) -> None:
    sha256 = _sha256(part)
    if sha256.startswith(sha256_prefix or "") and sha256.startswith(redirects.sha256):
        return
    part.unlink()
    _validator_file(part).unlink()
    raise DownloadError(
        f"The file from {redirects.host} is not the expected file: its hash begins with {sha256[:8]}. {_REMEDY}"
    )


def _save_validator(part: Path, response: http.client.HTTPResponse) -> None:
    _validator_file(part).write_text(response.headers.get("ETag", ""), encoding="utf-8")


def _validator(part: Path) -> str:
    """Return the ETag of the file that `part` is the beginning of, or "" if the download cannot be resumed."""
    file = _validator_file(part)
    if not part.is_file() or not file.is_file():
        return ""
    etag = file.read_text(encoding="utf-8", errors="replace")
    return etag if _STRONG_ETAG.fullmatch(etag) else ""


def _validator_file(part: Path) -> Path:
    return part.with_suffix(".etag")


@cache
def ssl_context() -> ssl.SSLContext:
    """Return the context for connections that trust the usual public authorities and those of the system."""
    import certifi

    context = ssl.create_default_context()  # the system's certificates, which may include a company's own
    context.load_verify_locations(certifi.where())  # a frozen program may not find those of the system
    return context


def _host(url: str) -> str:
    return urlsplit(url).netloc.rpartition("@")[2]


def _sha256(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()
