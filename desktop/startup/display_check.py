"""Check that a window can be shown. Without a display, Qt would abort with a message that users cannot understand."""

from __future__ import annotations

import ctypes
import os
import sys
from ctypes.util import find_library


def why_no_window() -> str | None:
    """Return a message that says why no window can be shown, or None if one can."""
    platform = os.environ.get("QT_QPA_PLATFORM", "")
    if sys.platform in {"win32", "darwin"} or platform.partition(":")[0] not in {"", "xcb"}:
        return None
    if os.environ.get("WAYLAND_DISPLAY") and not platform:
        return None
    display = os.environ.get("DISPLAY")
    if display and _x_server_answers():
        return None
    reason = f"the display {display} does not answer" if display else "no display was found"
    return (
        f"The window cannot be shown: {reason}. Without a screen, use the command line: "
        "main.py index FOLDER, then main.py search PICTURE. See main.py --help for more."
    )


def _x_server_answers() -> bool:
    """Return whether the X server that DISPLAY names accepts a connection."""
    name = find_library("xcb")
    if name is None:
        return False
    xcb = ctypes.CDLL(name)
    xcb.xcb_connect.restype = ctypes.c_void_p
    connection = ctypes.c_void_p(xcb.xcb_connect(None, None))
    broken = xcb.xcb_connection_has_error(connection)
    xcb.xcb_disconnect(connection)
    return not broken
