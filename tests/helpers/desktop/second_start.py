"""The program started again while a window is open, as far as it talks to that window."""

from __future__ import annotations

import os
import subprocess
import sys
from typing import TYPE_CHECKING

from PySide6.QtNetwork import QLocalSocket

from desktop.startup.single_instance import server_name
from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.patient_bot import MILLISECONDS

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


ASK = """
import sys
from pathlib import Path
from desktop.startup import single_instance

single_instance.TIMEOUT_MS = -1  # without limit, or a slow machine would make a difference
sys.exit(not single_instance.hand_over(Path(sys.argv[1]), Path(sys.argv[2]) if sys.argv[2:] else None))
"""


def ask(qtbot: QtBot, library: Path, picture: Path | None = None) -> bool:
    """Hand over, in another process as this one's loop has to run on, and tell whether the window took over."""
    command = [sys.executable, "-c", ASK, *map(str, [library, picture] if picture else [library])]
    with subprocess.Popen(command, env={**os.environ, "PYTHONPATH": str(CHECKOUT)}) as start:
        qtbot.waitUntil(lambda: start.poll() is not None)
    return start.returncode == 0


def connected(library: Path) -> QLocalSocket:
    """Return a connection to the window, over which nothing has been said."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    assert socket.waitForConnected(MILLISECONDS)
    return socket


def is_reachable(library: Path) -> bool:
    """Tell whether a window listens."""
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    return socket.waitForConnected(MILLISECONDS)
