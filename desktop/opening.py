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

SET_BY_PYINSTALLER = ("LD_LIBRARY_PATH", "QT_PLUGIN_PATH", "QML2_IMPORT_PATH")


def open_url(url: QUrl) -> bool:
    """Open a file or web page in the user's program for it. Return whether there is one."""
    with _users_environment():
        return QDesktopServices.openUrl(url)


@contextmanager
def _users_environment() -> Iterator[None]:
    """Undo for a while what PyInstaller has set, or other programs load libraries and Qt plugins of the frozen program.

    PyInstaller keeps the user's `LD_LIBRARY_PATH`, but not the user's paths of Qt, so these are removed.
    """
    if not getattr(sys, "frozen", False):
        yield
        return
    ours = {name: os.environ.pop(name) for name in SET_BY_PYINSTALLER if name in os.environ}
    if "LD_LIBRARY_PATH" in ours and "LD_LIBRARY_PATH_ORIG" in os.environ:
        os.environ["LD_LIBRARY_PATH"] = os.environ["LD_LIBRARY_PATH_ORIG"]
    try:
        yield
    finally:
        os.environ.update(ours)
