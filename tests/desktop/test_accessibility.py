"""What screen readers get: every control of every page has a name, and every photo says which one it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QHeaderView,
    QLineEdit,
    QProgressBar,
    QScrollBar,
    QWidget,
)

from tests.helpers.desktop.window_driver import WindowFixture, activate, drop, files, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

CONTROLS = (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QAbstractSpinBox,
    QComboBox,
    QLineEdit,
    QProgressBar,
)


def is_part_of_a_control(widget: QWidget) -> bool:
    """Return whether a widget belongs to another control, which has the name: a scroll bar, a header, a pop-up list."""
    parent = widget.parentWidget()
    inside = isinstance(parent, (QComboBox, QAbstractSpinBox, QAbstractItemView, QLineEdit))
    return inside or isinstance(widget, (QScrollBar, QHeaderView)) or widget.window() is not QApplication.activeWindow()


def name_of(widget: QWidget) -> str:
    interface = QAccessible.queryAccessibleInterface(widget)
    assert interface
    return interface.text(QAccessible.Text.Name)


@pytest.fixture
def shown(qtbot: QtBot, ui: WindowFixture, photos: Path, request: pytest.FixtureRequest) -> WindowFixture:
    """Return a window with results, on the page that the test names."""
    ui.results.model.show_weak(True)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    activate(qtbot, ui.window)
    for action in ui.shell.window.findChildren(type(ui.shell.actions.quit)):
        if action.shortcut().toString() == f"Ctrl+{request.param}":
            action.trigger()
    wait_until_idle(qtbot, ui)
    return ui


@pytest.mark.parametrize("shown", ["1", "2", "3", "4"], indirect=True)
def test_every_visible_control_has_a_name(shown: WindowFixture) -> None:
    controls = [widget for kind in CONTROLS for widget in shown.window.findChildren(kind) if widget.isVisible()]
    controls = [widget for widget in controls if not is_part_of_a_control(widget)]
    assert len(controls) > 5
    assert [widget for widget in controls if not name_of(widget)] == []


@pytest.mark.parametrize("shown", ["1"], indirect=True)
def test_every_result_says_its_name_word_and_rank(shown: WindowFixture) -> None:
    model = shown.results.model
    spoken = [model.index(row).data(Qt.ItemDataRole.AccessibleTextRole) for row in range(model.rowCount())]
    assert spoken[0] == "blue.png, score 1.00, identical, 1 of 5"
    for rank, (text, hit) in enumerate(zip(spoken, model.hits, strict=True), 1):
        assert text.startswith(hit.path.name)
        assert text.endswith(f"{rank} of 5")


@pytest.mark.parametrize("shown", ["1"], indirect=True)
def test_the_grid_is_a_list_of_its_photos(shown: WindowFixture) -> None:
    grid = QAccessible.queryAccessibleInterface(shown.results.view)
    assert grid
    assert grid.role() in (QAccessible.Role.List, QAccessible.Role.Table)
    assert grid.childCount() >= 5
    first = grid.child(0)
    assert first
    assert first.text(QAccessible.Text.Name) == "blue.png, score 1.00, identical, 1 of 5"
