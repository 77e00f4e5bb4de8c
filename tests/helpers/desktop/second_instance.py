"""The second start of the program on a library whose window is open, reduced to the hand-over."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from PySide6.QtNetwork import QLocalSocket

from desktop.startup.single_instance import server_name
from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.long_timeout_bot import MILLISECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


HAND_OVER = """
import sys
from pathlib import Path
from desktop.startup import single_instance

single_instance.TIMEOUT_MS = -1  # no timeout, so that a slow machine makes no difference
sys.exit(not single_instance.hand_over(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None))
"""


def request_hand_over(qtbot: QtBot, library: Path, picture: Path | None = None) -> bool:
    """Hand over and return whether the window accepted. Uses another process, as this one's loop must keep running."""
    command = [sys.executable, "-c", HAND_OVER, *map(str, [library, picture] if picture else [library])]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}) as start:
        qtbot.waitUntil(lambda: start.poll() is not None)
    return start.returncode == 0


def connect(library: Path) -> QLocalSocket:
    """Return a new connection to the window without sending anything."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    assert socket.waitForConnected(MILLISECONDS)
    return socket


def is_reachable(library: Path) -> bool:
    """Return whether a window listens."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    return socket.waitForConnected(MILLISECONDS)
