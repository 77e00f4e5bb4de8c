"""Test actions in the window: make pictures, drop them, and inspect what the window shows."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

from PySide6.QtCore import QMimeData, QPoint, QPointF, Qt, QTimer
from PySide6.QtGui import QColor, QDragEnterEvent, QDragLeaveEvent, QDropEvent, QImage
from PySide6.QtWidgets import QApplication, QPushButton, QWidget

from desktop.main_window import MainWindow
from desktop.paths import to_url
from desktop.photos.actions import PhotoActions
from desktop.search.query_input import QueryInput
from desktop.search.query_panel import QueryPanel
from desktop.search.results_page import ResultsPage
from tests.helpers.desktop.colour_similarity import similarity

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QObject
    from pytestqt.qtbot import QtBot

    from desktop.controller import Controller
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks
    from tests.helpers.desktop.fake_engine import FakeEngine

T = TypeVar("T", bound="QObject")

DROP_POINT = QPoint(40, 40)
BUTTON = Qt.MouseButton.LeftButton
NO_KEY = Qt.KeyboardModifier.NoModifier


@dataclass(frozen=True, slots=True)
class WindowFixture:
    """A window and the objects that it works with."""

    engine: FakeEngine
    tasks: Tasks
    thumbnails: Thumbnails
    window: MainWindow
    controller: Controller

    @property
    def shell(self) -> Shell:
        return self.window.shell

    @property
    def query_input(self) -> QueryInput:
        return only(self.window, QueryInput)

    @property
    def results(self) -> ResultsPage:
        return only(self.window, ResultsPage)

    @property
    def query_panel(self) -> QueryPanel:
        return only(self.window, QueryPanel)

    @property
    def photo_actions(self) -> PhotoActions:
        return only(self.window, PhotoActions)

    @property
    def names(self) -> list[str]:
        """Return the names of the photos in the grid."""
        return [hit.path.name for hit in self.results.model.hits]


def only(window: MainWindow, kind: type[T]) -> T:
    """Return the only descendant of this type."""
    (found,) = window.findChildren(kind)
    return found


def files(*paths: Path) -> QMimeData:
    """Return the data that a file manager drags for these paths."""
    mime = QMimeData()
    mime.setUrls([to_url(path) for path in paths])
    return mime


def image(colour: str) -> QImage:
    """Return a picture of one colour."""
    picture = QImage(48, 32, QImage.Format.Format_RGB32)
    picture.fill(QColor(colour))
    return picture


def shows(picture: QImage, colour: str) -> bool:
    """Return whether a colour occurs in a picture, approximately, because thumbnails are JPEG."""
    pixels = (picture.pixelColor(x, y) for x in range(0, picture.width(), 8) for y in range(0, picture.height(), 8))
    return any(similarity(QColor(colour), pixel) > 0.98 for pixel in pixels)


def button(widget: QWidget, text: str) -> QPushButton:
    """Return the button with this text."""
    return next(found for found in widget.findChildren(QPushButton) if found.text().replace("&", "") == text)


def shown_window() -> MainWindow:
    """Return the visible window of the running program."""
    return next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())


def wait_until_idle(qtbot: QtBot, ui: WindowFixture) -> None:
    """Wait until all tasks have ended."""
    idle = asyncio.get_running_loop().create_task(ui.tasks.idle())
    qtbot.waitUntil(idle.done)


def wait_until_settled(qtbot: QtBot, ui: WindowFixture) -> None:
    """Wait until the grid has requested the visible thumbnails and all tasks have ended."""
    view = ui.results.view
    qtbot.waitUntil(lambda: not any(timer.isActive() for timer in view.findChildren(QTimer)))
    wait_until_idle(qtbot, ui)


def activate(qtbot: QtBot, window: QWidget) -> None:
    """Give a window the keyboard focus, which its shortcuts need."""
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)


def enter(window: MainWindow, mime: QMimeData) -> bool:
    """Drag over the window, and return whether it would accept the drop."""
    event = QDragEnterEvent(DROP_POINT, Qt.DropAction.CopyAction, mime, BUTTON, NO_KEY)
    QApplication.sendEvent(window, event)
    return event.isAccepted()


def leave(window: MainWindow) -> None:
    """Drag out of the window."""
    QApplication.sendEvent(window, QDragLeaveEvent())


def drop(window: MainWindow, mime: QMimeData) -> None:
    """Drag over the window and drop."""
    assert enter(window, mime)
    QApplication.sendEvent(window, QDropEvent(QPointF(DROP_POINT), Qt.DropAction.CopyAction, mime, BUTTON, NO_KEY))
