"""Several photos selected at once, copied, and dragged to other programs."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QMimeData, QPoint, Qt
from PySide6.QtGui import QContextMenuEvent, QDrag, QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel

from core.errors import DecodeError
from desktop.paths import to_url
from tests.helpers.desktop.window_driver import (
    BUTTON,
    NO_KEY,
    WindowFixture,
    drop,
    enter,
    files,
    shows,
    wait_until_idle,
    wait_until_settled,
)

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtGui import QClipboard
    from pytestqt.qtbot import QtBot

SHIFT, CTRL = Qt.KeyboardModifier.ShiftModifier, Qt.KeyboardModifier.ControlModifier
NAMES = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]


@pytest.fixture
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window with the five photos above as results, the first one selected."""
    ui.results.model.show_weak(True)
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == NAMES)
    wait_until_settled(qtbot, ui)
    ui.window.activateWindow()
    qtbot.waitUntil(ui.results.view.hasFocus)
    return ui


@pytest.fixture
def clipboard(qapp: QApplication) -> QClipboard:
    return qapp.clipboard()


def place(ui: WindowFixture, row: int) -> QPoint:
    return ui.results.view.visualRect(ui.results.model.index(row)).center()


def click(ui: WindowFixture, row: int, modifier: Qt.KeyboardModifier = NO_KEY) -> None:
    QTest.mouseClick(ui.results.view.viewport(), BUTTON, modifier, place(ui, row))


def selected(ui: WindowFixture) -> list[str]:
    return [hit.path.name for hit in ui.results.view.selected()]


def test_ctrl_click_adds_and_removes_a_photo(results_ui: WindowFixture) -> None:
    click(results_ui, 3)
    click(results_ui, 1, CTRL)
    assert selected(results_ui) == [NAMES[1], NAMES[3]]
    click(results_ui, 3, CTRL)
    assert selected(results_ui) == [NAMES[1]]


def test_shift_click_selects_everything_between_in_the_order_of_the_grid(results_ui: WindowFixture) -> None:
    results_ui.window.resize(640, 900)  # so that the photos are in several lines
    click(results_ui, 3)
    click(results_ui, 1, SHIFT)
    assert selected(results_ui) == NAMES[1:4]
    click(results_ui, 4, SHIFT)
    assert selected(results_ui) == NAMES[3:]


def test_shift_and_an_arrow_extend_the_selection(results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    QTest.keyClick(view, Qt.Key.Key_Right, SHIFT)
    assert selected(results_ui) == NAMES[:3]
    QTest.keyClick(view, Qt.Key.Key_Left, SHIFT)
    assert selected(results_ui) == NAMES[:2]


def test_ctrl_a_selects_all_photos_and_their_number_is_shown(results_ui: WindowFixture) -> None:
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_A, CTRL)
    assert selected(results_ui) == NAMES
    texts = [label.text() for label in results_ui.results.findChildren(QLabel)]
    assert "5 selected" in texts


def test_a_rectangle_drawn_from_between_the_photos_selects_what_it_touches(results_ui: WindowFixture) -> None:
    view = results_ui.results.view
    first, second = (view.visualRect(results_ui.results.model.index(row)) for row in (0, 1))
    start = QPoint(first.left() - 3, first.top() + 5)
    QTest.mousePress(view.viewport(), BUTTON, NO_KEY, start)
    QTest.mouseMove(view.viewport(), second.center())
    QTest.mouseMove(view.viewport(), second.center() + QPoint(3, 3))
    QTest.mouseRelease(view.viewport(), BUTTON, NO_KEY, second.center() + QPoint(3, 3))
    assert selected(results_ui) == NAMES[:2]


def test_the_menu_on_a_selected_photo_keeps_the_selection(results_ui: WindowFixture) -> None:
    click(results_ui, 1)
    click(results_ui, 2, CTRL)
    reason, view = QContextMenuEvent.Reason.Mouse, results_ui.results.view
    for row, expected in ((1, NAMES[1:3]), (4, NAMES[4:])):
        point = place(results_ui, row)
        QApplication.sendEvent(
            view.viewport(), QContextMenuEvent(reason, point, view.viewport().mapToGlobal(point), NO_KEY)
        )
        view.menu().hide()
        assert selected(results_ui) == expected


def test_selected_photos_are_copied_as_files_and_paths(
    results_ui: WindowFixture, clipboard: QClipboard, photos: Path
) -> None:
    click(results_ui, 1)
    click(results_ui, 2, SHIFT)
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_C, CTRL)
    expected = [photos / name for name in NAMES[1:3]]
    assert clipboard.mimeData().urls() == [to_url(photo) for photo in expected]
    assert clipboard.text() == "\n".join(map(str, expected))
    assert not clipboard.mimeData().hasImage()


def test_a_single_photo_is_also_copied_as_a_picture(
    qtbot: QtBot, results_ui: WindowFixture, clipboard: QClipboard, photos: Path
) -> None:
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_C, CTRL)
    assert clipboard.mimeData().urls() == [to_url(photos / NAMES[0])]
    qtbot.waitUntil(lambda: clipboard.mimeData().hasImage())
    assert shows(QImage(clipboard.image()), "#0000ff")
    assert clipboard.mimeData().urls() == [to_url(photos / NAMES[0])]


def test_what_is_copied_meanwhile_stays_on_the_clipboard(
    qtbot: QtBot, results_ui: WindowFixture, clipboard: QClipboard
) -> None:
    results_ui.photo_actions.copy.trigger()
    clipboard.setText("from another program")
    wait_until_idle(qtbot, results_ui)
    assert clipboard.text() == "from another program"


def test_a_photo_that_cannot_be_decoded_is_copied_as_a_file(
    qtbot: QtBot, results_ui: WindowFixture, clipboard: QClipboard, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def fail(_: object, __: int) -> bytes:
        raise DecodeError("It is damaged.")

    monkeypatch.setattr(results_ui.engine, "preview", fail)
    results_ui.photo_actions.copy.trigger()
    wait_until_idle(qtbot, results_ui)
    assert clipboard.mimeData().urls() == [to_url(photos / NAMES[0])]
    assert results_ui.shell.banner.text == ""


def test_photos_are_dragged_out_as_files_to_copy(
    results_ui: WindowFixture, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    dragged: list[tuple[QMimeData, Qt.DropAction]] = []

    def note(drag: QDrag, actions: Qt.DropAction) -> Qt.DropAction:
        dragged.append((drag.mimeData(), actions))
        assert not drag.pixmap().isNull()
        return actions

    monkeypatch.setattr(QDrag, "exec", note)
    click(results_ui, 1)
    click(results_ui, 2, SHIFT)
    view = results_ui.results.view
    QTest.mousePress(view.viewport(), BUTTON, NO_KEY, place(results_ui, 2))
    QTest.mouseMove(view.viewport(), place(results_ui, 2) + QPoint(30, 30))
    QTest.mouseMove(view.viewport(), place(results_ui, 2) + QPoint(40, 40))
    QTest.mouseRelease(view.viewport(), BUTTON, NO_KEY, place(results_ui, 2) + QPoint(40, 40))
    ((mime, action),) = dragged
    assert mime.urls() == [to_url(photos / name) for name in NAMES[1:3]]
    assert action is Qt.DropAction.CopyAction


def test_a_drag_from_another_program_is_still_accepted(results_ui: WindowFixture, photos: Path) -> None:
    assert enter(results_ui.window, files(photos / "red.png"))
