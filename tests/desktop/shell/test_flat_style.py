"""Buttons and scroll bars as the window draws them."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QScrollBar, QWidget

from desktop.shell.flat_style import FlatStyle
from desktop.widgets import colours

if TYPE_CHECKING:
    from PySide6.QtGui import QColor
    from pytestqt.qtbot import QtBot


@pytest.fixture
def style() -> FlatStyle:
    return FlatStyle()


@pytest.fixture
def window(qtbot: QtBot, style: FlatStyle) -> QWidget:
    window = QWidget()
    row = QHBoxLayout(window)
    for button in (QPushButton("One"), QPushButton("Two")):
        button.setStyle(style)
        row.addWidget(button)
    qtbot.addWidget(window)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return window


def colour_at(widget: QWidget, point: QPoint) -> QColor:
    return widget.grab().toImage().pixelColor(point)


def test_the_button_with_the_keyboard_focus_has_a_line_in_the_accent_colour(qtbot: QtBot, window: QWidget) -> None:
    one, two = window.findChildren(QPushButton)
    one.setFocus()
    QTest.keyClick(one, Qt.Key.Key_Tab)
    qtbot.waitUntil(two.hasFocus)
    edge = QPoint(two.width() // 2, 0)
    assert colour_at(two, edge) == colours.accent(two.palette())
    assert colour_at(one, edge) != colours.accent(one.palette())


def test_a_button_shows_that_it_is_pressed(window: QWidget) -> None:
    one, two = window.findChildren(QPushButton)
    one.setDown(True)
    inside = QPoint(12, 6)
    assert colour_at(one, inside) != colour_at(two, inside)


@pytest.fixture
def bar(qtbot: QtBot, style: FlatStyle) -> QScrollBar:
    bar = QScrollBar(Qt.Orientation.Vertical)
    bar.setStyle(style)
    bar.setRange(0, 1000)
    bar.setPageStep(500)
    bar.setSingleStep(10)
    bar.resize(bar.sizeHint().width(), 300)
    qtbot.addWidget(bar)
    bar.show()
    return bar


def test_a_scroll_bar_is_dragged_by_its_handle(bar: QScrollBar) -> None:
    middle = bar.width() // 2
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(middle, 50))
    QTest.mouseMove(bar, QPoint(middle, 150))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(middle, 150))
    assert bar.value() == 500


def test_a_click_beside_the_handle_turns_a_page(bar: QScrollBar) -> None:
    QTest.mouseClick(bar, Qt.MouseButton.LeftButton, pos=QPoint(bar.width() // 2, 290))
    assert bar.value() == 500


def test_the_handle_of_a_scroll_bar_reaches_both_ends(bar: QScrollBar) -> None:
    def has_handle(y: int) -> bool:
        return colour_at(bar, QPoint(bar.width() // 2, y)) != bar.palette().window().color()

    assert (has_handle(8), has_handle(291)) == (True, False)
    bar.setValue(1000)
    assert (has_handle(8), has_handle(291)) == (False, True)
