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
from tests.helpers.desktop.second_start import ask, connected, is_reachable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

QT_WAITS_S = 25
"""Less than Qt waits by itself."""

PICTURE = Path(os.path.abspath("picture.jpg"))

DIE_LISTENING = """
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

only_with_socket_files = pytest.mark.skipif(sys.platform == "win32", reason="there, a server is no file")


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
    """Return what has been asked so far."""
    received: list[Request] = []
    requests.received.connect(received.append)
    return received


def test_a_window_that_listens_gets_the_picture(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(ACTIVATION, "leave-1")
    assert ask(qtbot, library, PICTURE)
    assert ask(qtbot, library)
    assert received == [Request(PICTURE, "leave-1"), Request(None, "leave-1")]


def test_a_picture_is_found_from_wherever_the_window_was_started(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert ask(qtbot, library, Path("holiday", "picture.jpg"))
    assert received[0].picture == tmp_path / "holiday" / "picture.jpg"


@pytest.mark.parametrize(
    "message", [b"relative.jpg\0\0", b"\0\0more", b"\0\0\0", b"x" * MAX_BYTES, b"/a\0" + b"x" * MAX_BYTES]
)
def test_a_broken_message_is_ignored_and_the_next_request_is_taken(
    qtbot: QtBot, library: Path, received: list[Request], message: bytes
) -> None:
    socket = connected(library)
    socket.write(message)
    qtbot.waitUntil(lambda: socket.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert received == []
    assert ask(qtbot, library, PICTURE)
    assert received == [Request(PICTURE, received[0].activation)]


def test_a_request_that_arrives_in_pieces_is_taken_once_it_is_whole(
    qtbot: QtBot, library: Path, received: list[Request]
) -> None:
    socket = connected(library)
    for byte in encode(Request(PICTURE, "leave")):
        assert received == []
        socket.write(bytes([byte]))
        qtbot.waitUntil(lambda: not socket.bytesToWrite())
    qtbot.waitUntil(lambda: bool(socket.bytesAvailable()))
    assert socket.readAll().data() == CONFIRMATION
    assert received == [Request(PICTURE, "leave")]


def test_nobody_takes_over_where_nobody_listens(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(hand_over_module, "TIMEOUT_MS", -1)  # a start that waited would never end
    assert not hand_over(library, PICTURE)


def test_a_window_that_hangs_is_not_waited_for_long_and_does_nothing_afterwards(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The window shares this thread, so that it cannot answer while it is asked.
    monkeypatch.setattr(hand_over_module, "TIMEOUT_MS", 300)
    begun = time.monotonic()
    assert not hand_over(library, PICTURE)
    assert 0.25 < time.monotonic() - begun < QT_WAITS_S
    assert ask(qtbot, library)
    assert [request.picture for request in received] == [None]


def test_listening_twice_is_listening(qtbot: QtBot, library: Path, requests: Requests) -> None:
    requests.listen()
    assert ask(qtbot, library)


def test_windows_of_other_libraries_are_left_alone(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path
) -> None:
    assert not ask(qtbot, tmp_path / "another library", PICTURE)
    assert received == []


@only_with_socket_files
def test_only_our_user_can_reach_the_window(requests: Requests, library: Path) -> None:
    assert Path(connected(library).fullServerName()).stat().st_mode & 0o077 == 0


@only_with_socket_files
def test_a_server_that_another_user_has_put_there_is_told_nothing(
    qtbot: QtBot, library: Path, received: list[Request], monkeypatch: pytest.MonkeyPatch
) -> None:
    owner = os.geteuid()
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    assert not hand_over(library, PICTURE)
    assert ask(qtbot, library)
    assert [request.picture for request in received] == [None]


def test_a_program_that_was_killed_does_not_keep_the_next_one_from_listening(
    qtbot: QtBot, loop: object, library: Path
) -> None:
    subprocess.run([sys.executable, "-c", DIE_LISTENING, library], cwd=CHECKOUT, check=True)
    assert not hand_over(library, PICTURE)
    requests = Requests(library)
    requests.listen()
    assert ask(qtbot, library, PICTURE)
    requests.close()


def test_after_the_window_has_closed_nothing_is_left(qtbot: QtBot, requests: Requests, library: Path) -> None:
    waiting = connected(library)
    qtbot.waitUntil(lambda: bool(requests.findChildren(QLocalSocket)))
    file = Path(waiting.fullServerName())
    requests.close()
    qtbot.waitUntil(lambda: not requests.findChildren(QLocalSocket))
    qtbot.waitUntil(lambda: waiting.state() is QLocalSocket.LocalSocketState.UnconnectedState)
    assert not is_reachable(library)
    assert not file.exists()


def test_a_start_that_has_its_answer_leaves_no_socket_behind(qtbot: QtBot, requests: Requests, library: Path) -> None:
    assert ask(qtbot, library, PICTURE)
    qtbot.waitUntil(lambda: not requests.findChildren(QLocalSocket))


@only_with_socket_files  # elsewhere, nobody can delete a catalog that is open
def test_a_window_whose_library_was_deleted_and_made_anew_takes_no_requests_for_the_new_one(
    qtbot: QtBot, loop: object, library: Path
) -> None:
    library.mkdir()
    keeps_its_number = os.open(library, os.O_RDONLY)
    requests = Requests(library)
    requests.listen()
    assert ask(qtbot, library)
    library.rmdir()
    library.mkdir()
    assert not ask(qtbot, library)
    os.close(keeps_its_number)
    newer = Requests(library)
    newer.listen()
    requests.close()
    assert ask(qtbot, library)
    newer.close()


def test_a_start_that_hands_over_loads_no_model_no_index_and_no_window(
    qtbot: QtBot, library: Path, received: list[Request], tmp_path: Path
) -> None:
    picture = tmp_path / "picture.jpg"
    picture.touch()
    command = [sys.executable, "-W", "error", "-c", HAND_OVER, "--library", str(library), str(picture)]
    with subprocess.Popen(command, cwd=CHECKOUT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as start:
        qtbot.waitUntil(lambda: start.poll() is not None)
        assert start.communicate() == ("0\n", "")
    assert [request.picture for request in received] == [picture]
