"""One window to a library: a later start of the program hands what it was asked for to the window that is there."""

from __future__ import annotations

import ctypes
import getpass
import hashlib
import logging
import os
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDeadlineTimer, QObject, Qt, Signal
from PySide6.QtNetwork import QLocalServer, QLocalSocket

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

PATIENCE_MS = 3000
END = b"\0"  # of a field: no path and no environment variable can hold one
FIELDS = 2
LONGEST = 1 << 16
TAKEN = b"\6"
ACTIVATION = "XDG_ACTIVATION_TOKEN"
ANY_PROCESS = -1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What a later start was asked for: a picture or none, and the leave its desktop gave it to come to the front."""

    picture: Path | None = None
    activation: str = ""


def hand_over(library: Path, picture: Path | None) -> bool:
    """Tell whether the window that has the library open took over what this start was asked for.

    Waits for it, but not long. Needs no Qt application, so that one can still be made if nobody is there.
    """
    deadline = QDeadlineTimer(PATIENCE_MS)
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    if not socket.waitForConnected(deadline.remainingTime()) or not _is_ours(socket):
        return False
    if sys.platform == "win32":  # only who was started by the user may let another program come to the front
        ctypes.windll.user32.AllowSetForegroundWindow(ANY_PROCESS)
    socket.write(encode(Request(picture.absolute() if picture else None, os.environ.get(ACTIVATION, ""))))
    taken = socket.waitForReadyRead(deadline.remainingTime())
    logger.info("The window that has the library open %s", "took over" if taken else "did not answer")
    return taken


class Requests(QObject):
    """What later starts ask of the window that has the library open."""

    received = Signal(object)

    def __init__(self, library: Path) -> None:
        """Take nothing yet."""
        super().__init__()
        self._library = library
        self._opened: os.stat_result | None = None
        self._server = QLocalServer(self)
        # It also makes Qt put the new socket in the place of one that a killed program has left.
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._welcome)

    def listen(self) -> None:
        """Take requests from now on. Only who holds the library may: a server in its way is replaced."""
        if self._server.isListening():
            return
        self._opened = _folder_status(self._library)
        if self._server.listen(server_name(self._library)):
            logger.info("Taking requests of later starts")
        else:
            logger.warning("Later starts cannot reach this one: %s", self._server.errorString())

    def close(self) -> None:
        """Take no more requests; starts that wait for an answer get none."""
        self._server.close()
        for socket in self._server.findChildren(QLocalSocket):
            socket.abort()

    def _welcome(self) -> None:
        while socket := self._server.nextPendingConnection():
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._read)

    def _read(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        message = bytes(socket.peek(LONGEST).data())
        if message.count(END) < FIELDS and len(message) < LONGEST:
            return  # the rest is on its way
        try:
            request = decode(message)
        except ValueError:
            logger.warning("A request that makes no sense was ignored")
            socket.abort()
            return
        if not self._is_still_there():
            self.close()
            return
        socket.write(TAKEN)
        socket.flush()
        if socket.state() is QLocalSocket.LocalSocketState.ConnectedState:  # else it has given up waiting
            self.received.emit(request)

    def _is_still_there(self) -> bool:
        """Tell whether the library was not deleted, and perhaps made anew, behind our back."""
        found = _folder_status(self._library)
        if found is None or self._opened is None:
            return found is self._opened
        return os.path.samestat(found, self._opened)


def server_name(library: Path) -> str:
    """Return where the window on a library is reached: somewhere else for every library and every user."""
    user = getpass.getuser() if sys.platform == "win32" else str(os.getuid())
    place = os.path.normcase(os.path.realpath(library))
    return f"semblance-{hashlib.sha256(os.fsencode(f'{user} {place}')).hexdigest()[:16]}"


def encode(request: Request) -> bytes:
    """Return a request as it is sent."""
    picture = os.fsencode(request.picture) if request.picture else b""
    return picture + END + os.fsencode(request.activation) + END


def decode(message: bytes) -> Request:
    """Return a request that was sent.

    Raises:
        ValueError: This is none.
    """
    picture, activation, rest = message.split(END)
    path = Path(os.fsdecode(picture)) if picture else None
    if rest or (path and not path.is_absolute()):
        raise ValueError("not a request")
    return Request(path, os.fsdecode(activation))


def bring_to_front(window: QWidget, activation: str) -> None:
    """Show a window before all others and give it the keyboard, as far as the desktop lets a program do so."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    if activation:
        os.environ[ACTIVATION] = activation  # where Qt looks for it, under Wayland
    window.activateWindow()
    os.environ.pop(ACTIVATION, None)  # good for once


def _is_ours(socket: QLocalSocket) -> bool:
    """Tell whether nobody else has put a server of this name in a folder that all users share."""
    if sys.platform == "win32":
        return True  # pipes have no owner that could be asked for
    try:
        return os.stat(socket.fullServerName()).st_uid == os.geteuid()
    except OSError:  # gone meanwhile
        return False


def _folder_status(library: Path) -> os.stat_result | None:
    try:
        return os.stat(library)
    except OSError:
        return None
