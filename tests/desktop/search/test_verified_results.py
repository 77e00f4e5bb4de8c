"""Hits are shown at once, and move up when they turn out to show the same scene, unless the user is at work on them."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSlider, QApplication

from core.types import Box, Edit, Label, MatchKind, SharedScene
from desktop.photos.grid_model import ITEM_ROLE
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, image

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from desktop.photos.grid_view import PhotoGrid

FROM_BLUE = ["blue.png", "indigo.png", "purple.png", "crimson.png", "red.png"]
VERIFIED = ["blue.png", "red.png", "indigo.png", "purple.png", "crimson.png"]


@pytest.fixture
def unverified(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window with hits of which one will turn out to show the same place."""
    ui.engine.same_places = {photos / "red.png"}
    ui.engine.verify_gate.shut()
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names == FROM_BLUE)
    return ui


def label_of(ui: WindowFixture, name: str) -> Label:
    return next(hit.label for hit in ui.results.model.hits if hit.path.name == name)


def test_hit_with_the_same_scene_moves_up_and_the_first_hit_is_selected(
    qtbot: QtBot, unverified: WindowFixture
) -> None:
    unverified.engine.verify_gate.set()
    qtbot.waitUntil(lambda: unverified.names == VERIFIED)

    assert label_of(unverified, "red.png") is Label.SAME_PLACE
    current = unverified.results.view.current()
    assert current
    assert current.path.name == "blue.png"


def press_a_key(grid: PhotoGrid) -> None:
    QTest.keyClick(grid, Qt.Key.Key_Right)


def click(grid: PhotoGrid) -> None:
    place = grid.visualRect(grid.model().index(1, 0)).center()
    QTest.mouseClick(grid.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)


def turn_the_wheel(grid: PhotoGrid) -> None:
    place = QPointF(grid.viewport().rect().center())
    QApplication.sendEvent(
        grid.viewport(),
        QWheelEvent(
            place,
            grid.viewport().mapToGlobal(place),
            QPoint(0, -10),
            QPoint(0, -120),
            Qt.MouseButton.NoButton,
            Qt.KeyboardModifier.NoModifier,
            Qt.ScrollPhase.NoScrollPhase,
            False,
        ),
    )


def drag_the_scroll_bar(grid: PhotoGrid) -> None:
    grid.verticalScrollBar().triggerAction(QAbstractSlider.SliderAction.SliderMove)


def point_at_an_action(grid: PhotoGrid) -> None:
    next(action for action in grid.menu().actions() if action.isEnabled() and action.text()).hovered.emit()


@pytest.mark.parametrize("touch", [press_a_key, click, turn_the_wheel, drag_the_scroll_bar, point_at_an_action])
def test_hits_that_the_user_has_touched_keep_their_order_and_get_the_new_word(
    qtbot: QtBot, unverified: WindowFixture, touch: Callable[[PhotoGrid], None]
) -> None:
    touch(unverified.results.view)
    current = unverified.results.view.currentIndex().row()
    unverified.engine.verify_gate.set()
    qtbot.waitUntil(lambda: label_of(unverified, "red.png") is Label.SAME_PLACE)

    assert unverified.names == FROM_BLUE
    assert unverified.results.view.currentIndex().row() == current


def test_key_that_may_begin_a_shortcut_is_no_touch(qtbot: QtBot, unverified: WindowFixture) -> None:
    QTest.keyPress(unverified.results.view, Qt.Key.Key_Control)
    unverified.engine.verify_gate.set()

    qtbot.waitUntil(lambda: unverified.names == VERIFIED)


def test_next_search_is_reordered_again(qtbot: QtBot, unverified: WindowFixture, photos: Path) -> None:
    press_a_key(unverified.results.view)
    drop(unverified.window, files(photos / "indigo.png"))
    qtbot.waitUntil(lambda: unverified.names[0] == "indigo.png")
    unverified.engine.verify_gate.set()

    qtbot.waitUntil(lambda: unverified.names[1] == "red.png")


def test_repeated_search_shows_only_the_verified_order(qtbot: QtBot, unverified: WindowFixture, tmp_path: Path) -> None:
    unverified.engine.verify_gate.set()
    qtbot.waitUntil(lambda: unverified.names == VERIFIED)
    shown: list[list[str]] = []
    unverified.results.model.modelReset.connect(lambda: shown.append(unverified.names))
    (tmp_path / "more").mkdir()
    image("#0000fe").save(str(tmp_path / "more" / "navy.png"))

    drop(unverified.window, files(tmp_path / "more"))
    qtbot.waitUntil(lambda: "navy.png" in unverified.names)

    assert all(names[1] == "red.png" for names in shown)


def test_tool_tip_says_how_a_picture_was_edited(unverified: WindowFixture) -> None:
    model = unverified.results.model
    shared = SharedScene(MatchKind.SAME_PICTURE, (Edit.CROPPED, Edit.MIRRORED), Box(0, 0, 1, 1), Box(0, 0, 1, 1), 99)
    model.relabel([replace(model.hits[0], shared=shared)])

    tip = model.index(0).data(Qt.ItemDataRole.ToolTipRole)
    assert "Same picture: cropped, mirrored" in tip
    assert "Same picture" not in model.index(1).data(Qt.ItemDataRole.ToolTipRole)
    assert model.index(0).data(ITEM_ROLE).shared == shared
