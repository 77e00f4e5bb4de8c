"""A window on a fake engine, and the one event loop that all tests of the window share."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, NoReturn

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")  # before Qt is loaded

import pytest
from PySide6.QtCore import QLocale, QStandardPaths
from PySide6.QtWidgets import QDialog
from qasync import QEventLoop

from desktop.controller import Controller
from desktop.main_window import MainWindow
from desktop.photos.thumbnails import Thumbnails
from desktop.shell.window_state import WindowState
from desktop.startup.application import Application
from desktop.tasks import Tasks
from tests.helpers.desktop.fake_engine import FakeEngine
from tests.helpers.desktop.long_timeout_bot import LongTimeoutBot
from tests.helpers.desktop.watched_folder import stretch_show_delays
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from PySide6.QtWidgets import QApplication
    from pytestqt.qtbot import QtBot

QStandardPaths.setTestModeEnabled(True)  # the developer's preferences are neither read nor changed


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("qt_log_ignore", "^This plugin does not support")  # logged for everything that is offscreen
    config.addinivalue_line("qt_log_ignore", "^Detected locale")  # logged once if the language is not installed


@pytest.fixture(scope="session")
def qapp_cls() -> type[Application]:
    return Application


@pytest.fixture(scope="session")
def loop(qapp: QApplication) -> QEventLoop:
    qapp.setApplicationDisplayName("Semblance")
    qapp.setApplicationVersion("1.2.3")
    qapp.setQuitOnLastWindowClosed(False)
    QLocale.setDefault(QLocale(QLocale.Language.English, QLocale.Country.UnitedStates))
    return QEventLoop(qapp, already_running=True)  # never stopped: that would break the waits of later tests


@pytest.fixture
def qtbot(qapp: QApplication, request: pytest.FixtureRequest) -> QtBot:
    return LongTimeoutBot(request)


@pytest.fixture(autouse=True)
def _no_modal_dialog(monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: QDialog) -> NoReturn:
        pytest.fail("A dialog was run with exec(), which blocks the event loop. Use open().")

    monkeypatch.setattr(QDialog, "exec", fail)


@pytest.fixture(autouse=True)
def _empty_clipboard(qapp: QApplication) -> Iterator[None]:
    yield
    # Otherwise Qt deletes what Python has put there only after Python has ended, and crashes.
    qapp.clipboard().clear()


@pytest.fixture
def tasks(qtbot: QtBot, loop: QEventLoop) -> Iterator[Tasks]:
    tasks = Tasks()
    yield tasks
    ending = loop.create_task(tasks.close())
    qtbot.waitUntil(ending.done)


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def opening_ui(qtbot: QtBot, tasks: Tasks, engine: FakeEngine, tmp_path: Path) -> WindowFixture:
    """Return a window on an empty library that is still being opened."""
    thumbnails = Thumbnails(tasks)
    window = MainWindow(WindowState(tmp_path / "library"))
    qtbot.addWidget(window)
    tasks.failed.connect(window.shell.banner.show_message)
    ui = WindowFixture(engine, tasks, thumbnails, window, Controller(engine, window.shell, thumbnails, tasks))
    with qtbot.waitExposed(window):
        window.show()
    ui.controller.open(None)
    return ui


@pytest.fixture
def empty_ui(qtbot: QtBot, opening_ui: WindowFixture) -> WindowFixture:
    """Return a window on an open, empty library."""
    qtbot.waitUntil(lambda: opening_ui.engine.warm)
    wait_until_idle(qtbot, opening_ui)
    return opening_ui


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with five photos, from red to blue."""
    folder = tmp_path / "photos"
    folder.mkdir()
    for name, colour in (
        ("red", "#ff0000"),
        ("crimson", "#dc143c"),
        ("purple", "#800080"),
        ("indigo", "#4b0082"),
        ("blue", "#0000ff"),
    ):
        assert image(colour).save(str(folder / f"{name}.png"))
    return folder


@pytest.fixture
def ui(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window on a library with five photos."""
    empty_ui.query_input.folders_chosen.emit((photos,))
    qtbot.waitUntil(lambda: len(empty_ui.engine.photos) == 5 and not empty_ui.shell.actions.stop.isEnabled())
    wait_until_idle(qtbot, empty_ui)
    return empty_ui


@pytest.fixture
def other(tmp_path: Path) -> Path:
    """Return a folder with one photo."""
    folder = tmp_path / "other"
    folder.mkdir()
    image("green").save(str(folder / "green.png"))
    return folder


@pytest.fixture
def two_roots_ui(qtbot: QtBot, ui: WindowFixture, other: Path) -> WindowFixture:
    """Return an idle window on a library with two roots: five photos in one, and one in the other."""
    drop(ui.window, files(other))
    qtbot.waitUntil(lambda: len(ui.engine.photos) == 6)
    wait_until_idle(qtbot, ui)
    ui.engine.indexed_folders.clear()
    return ui


@pytest.fixture
def watching_ui(qtbot: QtBot, ui: WindowFixture, monkeypatch: pytest.MonkeyPatch) -> WindowFixture:
    """Return a window on a library with five photos whose root is watched.

    It shows a background run only when a test makes that run last, however slow the machine is.
    """
    stretch_show_delays(monkeypatch)
    qtbot.waitUntil(lambda: ui.engine.active_watches == 1)
    wait_until_idle(qtbot, ui)
    ui.shell.progress.hide()
    return ui
