"""Asks semblance.app for the newest version of the program."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from dataclasses import dataclass

from PySide6.QtCore import QUrl
from PySide6.QtNetwork import QNetworkAccessManager, QNetworkReply, QNetworkRequest

from core.errors import SemblanceError
from desktop.texts import help_messages

SITE = "semblance.app"
ADDRESS = f"https://{SITE}/version.json"
TIME_LIMIT_S = 10
MAX_BYTES = 1 << 14
VERSION = re.compile(r"(\d{1,6})\.(\d{1,6})\.(\d{1,6})", re.ASCII)

logger = logging.getLogger(__name__)


class UpdateCheckError(SemblanceError):
    """The newest version cannot be determined."""


@dataclass(frozen=True, slots=True)
class Release:
    """A version of the program, and the page that says what is new in it."""

    version: str
    page: QUrl


async def newest(network: QNetworkAccessManager, address: str) -> Release:
    """Return the newest version, as the JSON at `address` says.

    Raises:
        UpdateCheckError: The server cannot be reached, or its answer is not valid.
    """
    content = await _content(network, address)
    try:
        return parse(content)
    except (ValueError, RecursionError) as error:
        logger.info("The answer about the newest version is not valid: %s", error)
        raise UpdateCheckError(help_messages.invalid_answer(SITE)) from error


def parse(content: bytes) -> Release:
    """Return the release that a JSON object with `version` and `url` describes.

    Raises:
        ValueError: The content is something else, or the page is not on our site.
    """
    match json.loads(content):
        case {"version": str(version), "url": str(url)}:
            page = QUrl(url, QUrl.ParsingMode.StrictMode)
        case _:
            raise ValueError("it is not a JSON object with a version and a url")
    if page.scheme() != "https" or page.authority() != SITE:
        raise ValueError("the page is not on our site")
    _numbers(version)
    return Release(version, page)


def is_newer(version: str, than: str) -> bool:
    """Return whether a version such as "1.10.0" comes after another one."""
    return _numbers(version) > _numbers(than)


def _numbers(version: str) -> tuple[int, ...]:
    found = VERSION.fullmatch(version)
    if not found:
        raise ValueError("the version is not three numbers with dots between them")
    return tuple(map(int, found.groups()))


async def _content(network: QNetworkAccessManager, address: str) -> bytes:
    reply = network.get(_request(address))
    finished = asyncio.Event()
    reply.finished.connect(finished.set)
    reply.readyRead.connect(lambda: reply.abort() if reply.bytesAvailable() > MAX_BYTES else None)
    try:
        async with asyncio.timeout(TIME_LIMIT_S):
            await finished.wait()
        return _body(reply)
    except TimeoutError as error:
        raise UpdateCheckError(help_messages.no_answer(SITE)) from error
    finally:
        reply.abort()
        reply.deleteLater()


def _body(reply: QNetworkReply) -> bytes:
    if reply.error() is not QNetworkReply.NetworkError.NoError:
        status = reply.attribute(QNetworkRequest.Attribute.HttpStatusCodeAttribute)
        logger.info("The newest version is not known: %s, status %s", reply.errorString(), status)
        raise UpdateCheckError(help_messages.no_answer(SITE) if status is None else help_messages.invalid_answer(SITE))
    return bytes(reply.readAll().data())


def _request(address: str) -> QNetworkRequest:
    request = QNetworkRequest(QUrl(address))
    attribute = QNetworkRequest.Attribute
    for cookies in (attribute.CookieLoadControlAttribute, attribute.CookieSaveControlAttribute):
        request.setAttribute(cookies, QNetworkRequest.LoadControl.Manual)
    request.setAttribute(attribute.RedirectPolicyAttribute, QNetworkRequest.RedirectPolicy.ManualRedirectPolicy)
    # Qt would fill these in with its own name, the user's language, and compression that defies the limit of the size.
    for name, value in ((b"User-Agent", b"Semblance"), (b"Accept-Language", b"*"), (b"Accept-Encoding", b"identity")):
        request.setRawHeader(name, value)
    return request
