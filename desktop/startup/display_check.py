"""Is there a screen? Qt would end the program without a word that a user understands."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes.util import find_library


def why_no_window() -> str | None:
    """Return the sentence that says why no window can be shown; None where it can."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform in {"win32", "darwin"} or platform.partition(":")[0] not in {"", "xcb"}:
        return None
    if os.environ.get("WAYLAND_DISPLAY") and not platform:
        return None
    display = os.environ.get("DISPLAY")
    if display and _answers():
        return None
    what = f"the display {display} does not answer" if display else "no display was found"
    return (
        f"The window cannot be shown: {what}. Without a screen, use the command line: "
        "main.py index FOLDER, then main.py search PICTURE; main.py --help explains."
    )


def _answers() -> bool:
    """Tell whether the X server of DISPLAY takes a connection."""
    name = find_library("xcb")
    if name is None:
        return False
    xcb = ctypes.CDLL(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not broken
