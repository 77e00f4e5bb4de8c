"""Opens files and web pages with other programs."""

from __future__ import annotations

import os
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from PySide6.QtGui import QDesktopServices

if TYPE_CHECKING:
    from collections.abc import Iterator

    from PySide6.QtCore import QUrl

LIBRARY_PATH = "LD_LIBRARY_PATH"
ORIGINAL = "LD_LIBRARY_PATH_ORIG"


def open_url(url: QUrl) -> bool:
    """Open a file or web page in the user's program for it. Return whether there is one."""
    with _users_library_path():
        return QDesktopServices.openUrl(url)


@contextmanager
def _users_library_path() -> Iterator[None]:
    """Undo for a while what PyInstaller has set, or other programs load the libraries of the frozen program."""
    ours = os.environ.get(LIBRARY_PATH)
    if ours is None or not getattr(sys, "frozen", False):
        yield
        return
    del os.environ[LIBRARY_PATH]
    if ORIGINAL in os.environ:
        os.environ[LIBRARY_PATH] = os.environ[ORIGINAL]
    try:
        yield
    finally:
        os.environ[LIBRARY_PATH] = ours
