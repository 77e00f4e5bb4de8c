"""Convert paths to URLs, back, and to text, for any file name.

Qt's own conversion from paths to URLs loses the bytes of names that are not valid Unicode.
"""

from __future__ import annotations

import os
import re
import sys
from pathlib import Path
from urllib.parse import unquote_to_bytes

from PySide6.QtCore import QUrl

_LINE_BREAKING = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


def to_url(path: Path) -> QUrl:
    """Return the file URL of an absolute path."""
    return QUrl.fromEncoded(path.as_uri().encode("ascii"))


def to_path(url: QUrl) -> Path | None:
    """Return the path of a URL, or None if the URL does not name a file on this computer."""
    if not url.isLocalFile():
        return None
    if sys.platform == "win32":
        return Path(url.toLocalFile())
    encoded = url.path(QUrl.ComponentFormattingOption.FullyEncoded)
    return Path(os.fsdecode(unquote_to_bytes(encoded)))


def text(path: Path) -> str:
    """Return a path as valid Unicode text. Undecodable bytes become replacement characters."""
    return os.fsencode(path).decode(errors="replace")


def shown(path: Path) -> str:
    """Return a path as text to show on one line. Control characters are replaced too."""
    return one_line(text(path))


def one_line(words: str) -> str:
    """Return a text in which line breaks and other control characters are replaced."""
    return _LINE_BREAKING.sub("\N{REPLACEMENT CHARACTER}", words)
