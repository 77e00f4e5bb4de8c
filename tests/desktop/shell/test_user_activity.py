from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton

from desktop.shell.user_activity import UserActivity

if TYPE_CHECKING:
    from collections.abc import Callable

    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.window_driver import WindowFixture

PLACE = QPoint(20, 20)
NO_KEY, NO_BUTTON = Qt.KeyboardModifier.NoModifier, Qt.MouseButton.NoButton


class Clock:
    now = 0.0


def turn_wheel(window: QWindow) -> None:
    place, far = QPointF(PLACE), QPoint(0, 120)
    event = QWheelEvent(place, place, far, far, NO_BUTTON, NO_KEY, Qt.ScrollPhase.NoScrollPhase, False)
    QApplication.sendEvent(window, event)


def press_key(window: QWindow) -> None:
    QTest.keyClick(window, Qt.Key.Key_A)


def click(window: QWindow) -> None:
    QTest.mouseClick(window, Qt.MouseButton.LeftButton, NO_KEY, PLACE)


def move(window: QWindow) -> None:
    QTest.mouseMove(window, PLACE + QPoint(3, 3))


@pytest.mark.parametrize(("do", "times"), [(press_key, 1), (click, 1), (turn_wheel, 1), (move, 0)])
def test_the_engine_is_notified_of_keys_clicks_and_scrolling_in_the_window(
    ui: WindowFixture, do: Callable[[QWindow], None], times: int
) -> None:
    assert ui.engine.activity_reports == 0
    do(ui.window.windowHandle())
    assert ui.engine.activity_reports == times


def test_activity_is_reported_at_most_once_a_second_and_every_click_arrives(qtbot: QtBot) -> None:
    widget = QPushButton()
    qtbot.addWidget(widget)
    clock = Clock()
    activity = UserActivity(widget, lambda: clock.now)
    noticed: list[float] = []
    clicks: list[float] = []
    activity.noticed.connect(lambda: noticed.append(clock.now))
    widget.clicked.connect(lambda: clicks.append(clock.now))
    with qtbot.waitExposed(widget):
        widget.show()
    for clock.now in (100.0, 100.9, 101.0, 101.5, 250.0):
        QTest.mouseClick(widget.windowHandle(), Qt.MouseButton.LeftButton, NO_KEY, widget.rect().center())
    assert noticed == [100.0, 101.0, 250.0]
    assert clicks == [100.0, 100.9, 101.0, 101.5, 250.0]
