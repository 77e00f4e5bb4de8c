"""Comparing the photo with the query, and full screen."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from core.types import Box, Hit, Label, MatchKind, Photo, SharedScene
from desktop.main_window import MainWindow
from desktop.preview.overlay import PreviewOverlay
from desktop.preview.zoom import FIT
from tests.helpers.desktop.window_driver import NO_KEY, WindowFixture, only, shows, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

Key = Qt.Key
SHARED = SharedScene(MatchKind.SAME_PLACE, (), Box(0.1, 0.2, 0.3, 0.4), Box(0.5, 0.5, 0.25, 0.25), 40)


def test_the_photo_is_compared_side_by_side_with_the_query(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    QTest.keyClick(preview, Key.Key_End)
    QTest.keyClick(preview, Key.Key_C)
    query, photo = preview.pictures.query, preview.pictures.photo
    qtbot.waitUntil(lambda: photo.x() > query.x())
    wait_until_idle(qtbot, results_ui)
    assert query.isVisible()
    assert photo.isVisible()
    assert abs(query.width() - photo.width()) <= 1
    assert shows(query.image, "blue")
    assert shows(photo.image, "red")
    assert query.caption == "Picture that you searched with"
    assert photo.caption == "red.png"
    QTest.keyClick(preview, Key.Key_C)
    assert not query.isVisible()
    assert photo.caption == ""


def test_walking_goes_on_while_comparing(preview: PreviewOverlay) -> None:
    QTest.keyClick(preview, Key.Key_C)
    QTest.keyClick(preview, Key.Key_Right)
    assert preview.pictures.query.isVisible()
    assert preview.pictures.photo.caption == "indigo.png"


def test_both_pictures_are_zoomed_and_moved_together(preview: PreviewOverlay) -> None:
    QTest.keyClick(preview, Key.Key_C)
    query, photo = preview.pictures.query, preview.pictures.photo
    QTest.mouseDClick(query, Qt.MouseButton.LeftButton, NO_KEY, query.rect().center())
    assert photo.view == query.view != FIT
    photo.zoom(4)
    photo.move_by(30, 20)
    assert query.view == photo.view
    assert query.view.x != 0.5
    QTest.keyClick(preview, Key.Key_0)
    assert photo.view == query.view == FIT


def test_the_query_takes_the_place_of_the_photo_at_each_press_of_b(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    query, photo = preview.pictures.query, preview.pictures.photo
    place = photo.geometry()
    for _ in range(2):
        QTest.keyClick(preview, Key.Key_B)
        qtbot.waitUntil(lambda: query.geometry() == place)
        assert not photo.isVisible()
        QTest.keyClick(preview, Key.Key_B)
        assert photo.isVisible()
        assert not query.isVisible()


def test_the_query_is_shown_only_as_long_as_b_is_held(preview: PreviewOverlay) -> None:
    QTest.keyPress(preview, Key.Key_B)
    for _ in range(3):
        QApplication.sendEvent(preview, QKeyEvent(QEvent.Type.KeyPress, Key.Key_B, NO_KEY, "b", autorep=True))
    assert preview.pictures.query.isVisible()
    QTest.keyRelease(preview, Key.Key_B)
    assert not preview.pictures.query.isVisible()
    assert preview.pictures.photo.isVisible()


def test_what_both_show_is_outlined_while_they_are_compared(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    model = results_ui.results.model
    model.relabel([replace(hit, shared=SHARED) for hit in model.hits])
    regions = [(preview.pictures.query.region, preview.pictures.photo.region)]
    for _ in range(2):
        QTest.keyClick(preview, Key.Key_C)
        regions.append((preview.pictures.query.region, preview.pictures.photo.region))
    assert regions == [(None, None), (SHARED.query_region, SHARED.region), (None, None)]


def test_the_outline_is_drawn_round_the_region(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    photo = preview.pictures.photo
    assert photo.frame
    left, top, width, height = photo.frame.place(photo.view)
    edge = (round(left + SHARED.region.left * width), round(top + (SHARED.region.top + 0.1) * height))
    before = photo.grab().toImage().pixelColor(*edge)
    photo.set_region(SHARED.region)
    assert photo.grab().toImage().pixelColor(*edge) != before


def test_a_query_that_cannot_be_shown_is_explained(
    qtbot: QtBot, results_ui: WindowFixture, closed_preview: PreviewOverlay
) -> None:
    results_ui.results.model.hits[0].path.unlink()
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(1))
    QTest.keyClick(results_ui.results.view, Key.Key_Space)
    QTest.keyClick(closed_preview, Key.Key_C)
    qtbot.waitUntil(lambda: "searched with cannot be shown" in closed_preview.pictures.query.message)


def test_without_a_query_there_is_nothing_to_compare_with(ui: WindowFixture, photos: Path) -> None:
    ui.results.show_hits("photos", [Hit(1, Photo(photos / "red.png"), 0.9, Label.CLOSE)])
    ui.photo_actions.preview.trigger()
    preview = only(ui.window, PreviewOverlay)
    for key in (Key.Key_C, Key.Key_B):
        QTest.keyClick(preview, key)
        assert not preview.pictures.query.isVisible()
    assert not preview.controls.compare.isEnabled()
    assert not preview.controls.alternate.isEnabled()


def test_escape_ends_the_comparison_then_full_screen_then_the_preview(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    QTest.keyClick(preview, Key.Key_F11)
    QTest.keyClick(preview, Key.Key_C)
    assert results_ui.window.isFullScreen()
    QTest.keyClick(preview, Key.Key_Escape)
    assert not preview.pictures.query.isVisible()
    assert results_ui.window.isFullScreen()
    QTest.keyClick(preview, Key.Key_Escape)
    assert not results_ui.window.isFullScreen()
    assert preview.isVisible()
    QTest.keyClick(preview, Key.Key_Escape)
    assert not preview.isVisible()


def test_f11_and_closing_the_preview_leave_full_screen(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    for key in (Key.Key_F11, Key.Key_Space):
        QTest.keyClick(preview, Key.Key_F11)
        assert results_ui.window.isFullScreen()
        assert preview.controls.full_screen.isChecked()
        QTest.keyClick(preview, key)
        assert not results_ui.window.isFullScreen()
        assert not preview.controls.full_screen.isChecked()


def test_a_window_that_was_closed_in_full_screen_opens_as_before(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    QTest.keyClick(preview, Key.Key_F11)
    results_ui.window.close()
    again = MainWindow(results_ui.shell.window_state)
    qtbot.addWidget(again)
    assert not again.isFullScreen()
