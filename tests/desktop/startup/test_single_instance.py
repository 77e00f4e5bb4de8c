from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtNetwork import QLocalSocket

from desktop.startup import single_instance as hand_over_module
from desktop.startup.single_instance import (
    ACTIVATION,
    CONFIRMATION,
    MAX_BYTES,
    Request,
    Requests,
    encode,
    hand_over,
)
from tests.helpers.checkout import CHECKOUT
from tests.helpers.desktop.second_instance import connect, is_reachable, request_hand_over

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

QT_WAITS_S = 25
"""Less than the default timeout of Qt."""

PICTURE = Path(os.path.abspath("picture.jpg"))

DIE_WHILE_LISTENING = """
import os, sys
from pathlib import Path
from PySide6.QtCore import QCoreApplication
from desktop.startup.single_instance import Requests

app = QCoreApplication([])
requests = Requests(Path(sys.argv[1]))
requests.listen()
os._exit(0)
"""

HAND_OVER = """
import sys
from desktop.startup import single_instance
from main import main

single_instance.TIMEOUT_MS = -1
status = main(sys.argv[1:])
heavy = {"torch", "openvino", "pymilvus", "milvus_lite", "grpc", "qasync", "PySide6.QtGui", "PySide6.QtWidgets"}
print(status, *sorted(heavy & sys.modules.keys()))
"""

only_with_socket_files = pytest.mark.skipif(sys.platform == "win32", reason="a local server is not a file there")


@pytest.fixture
def library(tmp_path: Path) -> Path:
    return tmp_path / "library"


@pytest.fixture
def requests(loop: object, library: Path) -> Iterator[Requests]:
    requests = Requests(library)
    requests.listen()
    yield requests
    requests.close()


@pytest.fixture
def received(requests: Requests) -> list[Request]:
    """Return the requests received so far."""
    received: list[Request] = []
    requests.received.connect(received.append)
    return received


def test_a_listening_window_receives_the_picture_and_the_activation_token(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ACTIVATION, "token-1")
    assert request_hand_over(qtbot, library, PICTURE)
    assert request_hand_over(qtbot, library)
    assert received == [Request(PICTURE, "token-1"), Request(None, "token-1")]


def test_a_relative_picture_path_is_sent_as_an_absolute_path(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert request_hand_over(qtbot, library, Path("holiday", "picture.jpg"))
    assert received[0].picture == tmp_path / "holiday" / "picture.jpg"


@pytest.mark.parametrize(
    "message", [b"relative.jpg\0\0", b"\0\0more", b"\0\0\0", b"x" * MAX_BYTES, b"/a\0" + b"x" * MAX_BYTES]
)
def test_a_malformed_message_is_ignored_and_the_next_request_is_accepted(
    qtbot: QtBot, library: Path, received: list[Request], message: bytes
) -> None:
    socket = connect(library)
    socket.write(message)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert received == []
    assert request_hand_over(qtbot, library, PICTURE)
    assert received == [Request(PICTURE, received[0].activation)]


def test_a_request_that_arrives_in_pieces_is_accepted_once_it_is_complete(
    qtbot: QtBot, library: Path, received: list[Request]
) -> None:
    socket = connect(library)
    for byte in encode(Request(PICTURE, "token")):
        assert received == []
        socket.write(bytes([byte]))
        qtbot.waitUntil(lambda: not socket.bytesToWrite())
    qtbot.waitUntil(lambda: bool(socket.bytesAvailable()))
    assert socket.readAll().data() == CONFIRMATION
    assert received == [Request(PICTURE, "token")]


def test_hand_over_fails_at_once_if_no_window_listens(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over_module, "TIMEOUT_MS", -1)  # a start that waited would never end
    assert not hand_over(library, PICTURE)


def test_hand_over_to_a_hanging_window_times_out_and_has_no_later_effect(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The window runs on this thread, so it cannot answer during the hand-over.
    monkeypatch.setattr(hand_over_module, "TIMEOUT_MS", 300)
    begun = time.monotonic()
    assert not hand_over(library, PICTURE)
    assert 0.25 < time.monotonic() - begun < QT_WAITS_S
    assert request_hand_over(qtbot, library)
    assert [request.picture for request in received] == [None]


def test_listening_twice_is_allowed(qtbot: QtBot, library: Path, requests: Requests) -> None:
    requests.listen()
    assert request_hand_over(qtbot, library)


def test_a_window_receives_no_requests_for_other_libraries(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path
) -> None:
    assert not request_hand_over(qtbot, tmp_path / "another library", PICTURE)
    assert received == []


@only_with_socket_files
def test_only_the_same_user_can_connect_to_the_window(requests: Requests, library: Path) -> None:
    assert Path(connect(library).fullServerName()).stat().st_mode & 0o077 == 0


@only_with_socket_files
def test_nothing_is_sent_to_a_server_of_another_user(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert not hand_over(library, PICTURE)
    assert request_hand_over(qtbot, library)
    assert [request.picture for request in received] == [None]


def test_a_window_can_listen_after_an_earlier_one_was_killed(qtbot: QtBot, loop: object, library: Path) -> None:
    subprocess.run([sys.executable, "-c", DIE_WHILE_LISTENING, library], cwd=CHECKOUT, check=True)
    assert not hand_over(library, PICTURE)
    requests = Requests(library)
    requests.listen()
    assert request_hand_over(qtbot, library, PICTURE)
    requests.close()


def test_closing_disconnects_every_client_and_removes_the_socket_file(
    qtbot: QtBot, requests: Requests, library: Path
) -> None:
    waiting = connect(library)
    qtbot.waitUntil(lambda: bool(requests.findChildren(QLocalSocket)))
    file = Path(waiting.fullServerName())
    requests.close()
    qtbot.waitUntil(lambda: not requests.findChildren(QLocalSocket))
    qtbot.waitUntil(lambda: waiting.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert not is_reachable(library)
    assert not file.exists()


def test_a_completed_hand_over_leaves_no_socket_behind(qtbot: QtBot, requests: Requests, library: Path) -> None:
    assert request_hand_over(qtbot, library, PICTURE)
    qtbot.waitUntil(lambda: not requests.findChildren(QLocalSocket))


@only_with_socket_files  # elsewhere, an open catalog cannot be deleted
def test_a_window_of_a_deleted_library_accepts_no_requests_for_a_new_one_in_its_place(
    qtbot: QtBot, loop: object, library: Path
) -> None:
    library.mkdir()
    requests = Requests(library)
    requests.listen()
    assert request_hand_over(qtbot, library)
    library.rmdir()
    library.mkdir()
    assert not request_hand_over(qtbot, library)
    newer = Requests(library)
    newer.listen()
    requests.close()
    assert request_hand_over(qtbot, library)
    newer.close()


def test_a_start_that_hands_over_imports_no_heavy_modules(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path
) -> None:
    picture = tmp_path / "picture.jpg"
    picture.touch()
    command = [sys.executable, "-W", "error", "-c", HAND_OVER, "--library", str(library), str(picture)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as start:
        qtbot.waitUntil(lambda: start.poll() is not None)
        assert start.communicate() == ("0\n", "")
    assert [request.picture for request in received] == [picture]
