"""Allow one window per library: a later start of the program hands its request over to the open window.

The open window listens on a local socket whose name is derived from the library. A later start connects to it, sends
its request and exits once the window has confirmed it.
"""

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

TIMEOUT_MS = 3000
END = b"\0"  # ends a field: no path and no environment variable can contain it
FIELDS = 2
MAX_BYTES = 1 << 16
CONFIRMATION = b"\6"
ACTIVATION = "XDG_ACTIVATION_TOKEN"
ANY_PROCESS = -1

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """A request from a later start: come to the front and, with `picture`, search with it.

    `activation` is the desktop's token that permits a window to come to the front; it is empty if there is none.
    """

    picture: Path | None = None
    activation: str = ""


def hand_over(library: Path, picture: Path | None) -> bool:
    """Send this start's request to the window that has the library open. Return whether the window confirmed it.

    Waits at most `TIMEOUT_MS`. Needs no Qt application, so the caller can still create one if no window is open.
    """
    deadline = QDeadlineTimer(TIMEOUT_MS)
    socket = QLocalSocket()
    socket.connectToServer(server_name(library))
    if not socket.waitForConnected(deadline.remainingTime()) or not _is_ours(socket):
        return False
    if sys.platform == "win32":  # only the program that the user has just started may allow this
        ctypes.windll.user32.AllowSetForegroundWindow(ANY_PROCESS)
    socket.write(encode(Request(picture.absolute() if picture else None, os.environ.get(ACTIVATION, ""))))
    is_confirmed = socket.waitForReadyRead(deadline.remainingTime())
    logger.info("The open window of this library %s", "took over" if is_confirmed else "did not answer")
    return is_confirmed


class Requests(QObject):
    """Listens for the requests of later starts of the program. Emits `received` with each `Request`."""

    received = Signal(object)

    def __init__(self, library: Path) -> None:
        super().__init__()
        self._library = library
        self._folder: int | None = None
        self._server = QLocalServer(self)
        # This option also makes Qt replace the socket file that a killed program has left behind.
        self._server.setSocketOptions(QLocalServer.SocketOption.UserAccessOption)
        self._server.newConnection.connect(self._accept)

    def listen(self) -> None:
        """Start to listen. Call it only while this process owns the library, because it replaces any other server."""
        if self._server.isListening():
            return
        if self._server.listen(server_name(self._library)):
            self._folder = _open_folder(self._library)
            logger.info("Listening for requests of later starts")
        else:
            logger.warning("Cannot listen for requests of later starts: %s", self._server.errorString())

    def close(self) -> None:
        """Stop listening. Starts that still wait for a confirmation get none."""
        self._server.close()
        if self._folder is not None:
            os.close(self._folder)
            self._folder = None
        for socket in self._server.findChildren(QLocalSocket):
            socket.abort()

    def _accept(self) -> None:
        while socket := self._server.nextPendingConnection():
            socket.disconnected.connect(socket.deleteLater)
            socket.readyRead.connect(self._read)

    def _read(self) -> None:
        socket = self.sender()
        assert isinstance(socket, QLocalSocket)
        message = bytes(socket.peek(MAX_BYTES).data())
        if message.count(END) < FIELDS and len(message) < MAX_BYTES:
            return  # the rest has not arrived yet
        try:
            request = decode(message)
        except ValueError:
            logger.warning("Ignored an invalid request from another start of the program")
            socket.abort()
            return
        if not self._is_same_library():
            self.close()
            return
        socket.write(CONFIRMATION)
        socket.flush()
        if socket.state() is QLocalSocket.LocalSocketState.ConnectedState:  # otherwise the other start has timed out
            self.received.emit(request)

    def _is_same_library(self) -> bool:
        """Return whether the library folder is still the one that was opened, not deleted and not created again."""
        if sys.platform == "win32":
            return True  # a folder with open files cannot be deleted there
        try:
            current = os.stat(self._library)
        except OSError:
            return self._folder is None
        return self._folder is not None and os.path.samestat(current, os.fstat(self._folder))


def server_name(library: Path) -> str:
    """Return the name of the socket on which a library's window listens, unique for each library and user."""
    user = getpass.getuser() if sys.platform == "win32" else str(os.getuid())
    path = os.path.normcase(os.path.realpath(library))
    return f"semblance-{hashlib.sha256(os.fsencode(f'{user} {path}')).hexdigest()[:16]}"


def encode(request: Request) -> bytes:
    """Return the bytes to send for a request."""
    picture = os.fsencode(request.picture) if request.picture else b""
    return picture + END + os.fsencode(request.activation) + END


def decode(message: bytes) -> Request:
    """Return the request in a message.

    Raises:
        ValueError: The message is not a request.
    """
    picture, activation, rest = message.split(END)
    path = Path(os.fsdecode(picture)) if picture else None
    if rest or (path and not path.is_absolute()):
        raise ValueError("not a request")
    return Request(path, os.fsdecode(activation))


def bring_to_front(window: QWidget, activation: str) -> None:
    """Raise a window and give it the keyboard focus, as far as the desktop permits."""
    window.setWindowState(window.windowState() & ~Qt.WindowState.WindowMinimized)
    window.raise_()
    if activation:
        os.environ[ACTIVATION] = activation  # Qt reads the token from here under Wayland
    window.activateWindow()
    os.environ.pop(ACTIVATION, None)  # the token is valid only once


def _is_ours(socket: QLocalSocket) -> bool:
    """Return whether the server belongs to this user. Another user could create one in the shared temporary folder."""
    if sys.platform == "win32":
        return True  # the owner of a named pipe cannot be queried
    try:
        return os.stat(socket.fullServerName()).st_uid == os.geteuid()
    except OSError:  # the server has closed meanwhile
        return False


def _open_folder(library: Path) -> int | None:
    """Return a descriptor that keeps the inode of the folder from being reused, or None if there is no folder."""
    try:
        return os.open(library, os.O_RDONLY)
    except OSError:  # also on Windows, where a folder cannot be opened
        return None
