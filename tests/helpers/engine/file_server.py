"""A local web server whose files can be redirected, cut off, changed, or served without ranges."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import TYPE_CHECKING

from tests.helpers.engine.serving import serving

if TYPE_CHECKING:
    from contextlib import AbstractContextManager


@dataclass
class HostedFile:
    """A file on the server. With `cut_after`, the server sends only so many bytes, but announces the full length."""

    content: bytes
    etag: str = '"first"'
    ranges: bool = True
    cut_after: int | None = None
    redirect_to: str = ""
    headers: dict[str, str] = field(default_factory=dict)


class FileServer(ThreadingHTTPServer):
    """Serves `files` by path.

    `requests` has the path and the Range header ("" if there was none) of every request, `headers` has all its headers.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.files: dict[str, HostedFile] = {}
        self.requests: list[tuple[str, str]] = []
        self.headers: list[dict[str, str]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    def host(self, path: str, file: HostedFile) -> str:
        """Add a file and return its address."""
        self.files[path] = file
        return f"{self.address}{path}"


def running() -> AbstractContextManager[FileServer]:
    return serving(FileServer())


class _Handler(BaseHTTPRequestHandler):
    server: FileServer

    def do_GET(self) -> None:
        self.server.requests.append((self.path, self.headers.get("Range", "")))
        self.server.headers.append(dict(self.headers))
        file = self.server.files.get(self.path)
        if file is None:
            self.send_error(404)
        elif file.redirect_to:
            self._head(file, 302, 0, {"Location": file.redirect_to})
        else:
            self._send(file)

    def _send(self, file: HostedFile) -> None:
        start = self._start(file)
        if start > 0 and start >= len(file.content):
            self.send_error(416)
            return
        body = file.content[start:]
        span = {"Content-Range": f"bytes {start}-{len(file.content) - 1}/{len(file.content)}"} if start else {}
        self._head(file, 206 if start else 200, len(body), {"ETag": file.etag} | span)
        self.wfile.write(body[: file.cut_after])

    def _start(self, file: HostedFile) -> int:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        unchanged = self.headers.get("If-Range") in (None, file.etag)
        return int(wanted[1]) if wanted and unchanged and file.ranges else 0

    def _head(self, file: HostedFile, status: int, length: int, headers: dict[str, str]) -> None:
        self.send_response(status)
        for name, value in {**file.headers, **headers, "Content-Length": str(length)}.items():
            self.send_header(name, value)
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class's name
        pass
