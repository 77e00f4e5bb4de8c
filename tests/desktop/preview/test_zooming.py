"""Zooming and moving the photo with keys and mouse."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QPoint, QPointF, QRect, Qt
from PySide6.QtGui import QImage, QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from core.types import Hit, Label, Photo
from desktop.preview.picture_view import LARGEST_SIDE, PictureView
from desktop.preview.zoom import FIT
from tests.helpers.desktop.window_driver import BUTTON, NO_KEY, WindowFixture, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from desktop.preview.overlay import PreviewOverlay

Key = Qt.Key
NO_BUTTON = Qt.MouseButton.NoButton


@pytest.fixture
def large(qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay) -> PreviewOverlay:
    """Return the preview of the first of two large photos."""
    hits = [
        Hit(rank, Photo(hit.path, width=6000, height=4000), 0.9, Label.CLOSE)
        for rank, hit in enumerate(results_ui.results.model.hits[:2], 1)
    ]
    results_ui.results.model.show(hits)
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(0))
    wait_until_idle(qtbot, results_ui)
    results_ui.engine.previews_begun.clear()
    return preview


def turn_wheel(widget: QWidget, place: QPoint, angle: int) -> None:
    position = QPointF(place)
    event = QWheelEvent(
        position,
        QPointF(widget.mapToGlobal(place)),
        QPoint(),
        QPoint(0, angle),
        NO_BUTTON,
        NO_KEY,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)


def point_at(preview: PreviewOverlay, place: QPoint) -> tuple[float, float]:
    """Return which point of the photo is at a point of its view, in fractions of the photo."""
    photo = preview.pictures.photo
    assert photo.frame
    left, top, width, height = photo.frame.place(photo.view)
    return (place.x() - left) / width, (place.y() - top) / height


@pytest.mark.parametrize("key", [Key.Key_1, Key.Key_Z])
def test_a_key_shows_the_actual_size_and_then_the_complete_photo(large: PreviewOverlay, key: Qt.Key) -> None:
    photo = large.pictures.photo
    QTest.keyClick(large, key)
    assert photo.is_actual_size
    assert large.controls.actual_size.isChecked()
    QTest.keyClick(large, key)
    assert photo.view == FIT
    assert not large.controls.actual_size.isChecked()


def test_a_double_click_shows_the_actual_size_where_it_is(large: PreviewOverlay) -> None:
    photo, place = large.pictures.photo, large.pictures.photo.rect().center() + QPoint(50, 40)
    before = point_at(large, place)
    QTest.mouseDClick(photo, BUTTON, NO_KEY, place)
    assert photo.is_actual_size
    assert point_at(large, place) == pytest.approx(before)
    QTest.mouseDClick(photo, BUTTON, NO_KEY, place)
    assert photo.view == FIT


def test_the_wheel_zooms_about_the_cursor(large: PreviewOverlay) -> None:
    photo, place = large.pictures.photo, large.pictures.photo.rect().center() + QPoint(50, 40)
    turn_wheel(photo, place, 240)
    before = point_at(large, place)
    zoom = photo.view.zoom
    assert zoom > 1
    turn_wheel(photo, place, 120)
    assert photo.view.zoom > zoom
    assert point_at(large, place) == pytest.approx(before)
    turn_wheel(photo, place, -120)
    assert photo.view.zoom == pytest.approx(zoom)


@pytest.mark.parametrize("larger", [Key.Key_Plus, Key.Key_Equal])
def test_plus_and_minus_zoom_and_0_shows_the_complete_photo(large: PreviewOverlay, larger: Qt.Key) -> None:
    photo = large.pictures.photo
    QTest.keyClick(large, larger)
    QTest.keyClick(large, larger, Qt.KeyboardModifier.ShiftModifier)
    zoom = photo.view.zoom
    assert zoom > 1
    QTest.keyClick(large, Key.Key_Minus)
    assert 1 < photo.view.zoom < zoom
    QTest.keyClick(large, Key.Key_0)
    assert photo.view == FIT


def test_the_photo_follows_the_mouse(large: PreviewOverlay) -> None:
    QTest.keyClick(large, Key.Key_1)
    photo, start = large.pictures.photo, large.pictures.photo.rect().center()
    held = point_at(large, start)
    QTest.mousePress(photo, BUTTON, NO_KEY, start)
    QTest.mouseMove(photo, start + QPoint(30, 20))
    QTest.mouseRelease(photo, BUTTON, NO_KEY, start + QPoint(30, 20))
    assert point_at(large, start + QPoint(30, 20)) == pytest.approx(held)
    QTest.mousePress(photo, Qt.MouseButton.RightButton, NO_KEY, start)
    QTest.mouseMove(photo, start + QPoint(-50, 0))
    QTest.mouseRelease(photo, Qt.MouseButton.RightButton, NO_KEY, start + QPoint(-50, 0))
    assert point_at(large, start + QPoint(30, 20)) == pytest.approx(held)


@pytest.mark.parametrize("side", [100, 101, 400, 401])
def test_each_pixel_is_one_of_the_screen_at_the_actual_size(qtbot: QtBot, side: int) -> None:
    view, image = PictureView(), QImage(side, side, QImage.Format.Format_RGB32)
    qtbot.addWidget(view)
    view.resize(300, 300)
    image.fill(Qt.GlobalColor.black)
    for x in range(0, side, 2):
        for y in range(side):
            image.setPixelColor(x, y, Qt.GlobalColor.white)
    view.show_picture(image.size())
    view.set_image(image)
    view.toggle_actual_size()
    drawn = view.grab(QRect(120, 150, 60, 1)).toImage()
    assert {drawn.pixelColor(x, 0).lightness() for x in range(60)} == {0, 255}


def test_shift_and_the_arrows_move_what_is_seen(results_ui: WindowFixture, large: PreviewOverlay) -> None:
    QTest.keyClick(large, Key.Key_1)
    photo = large.pictures.photo
    before = photo.view
    QTest.keyClick(large, Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    QTest.keyClick(large, Key.Key_Up, Qt.KeyboardModifier.ShiftModifier)
    assert photo.view.x > before.x
    assert photo.view.y < before.y
    assert results_ui.results.view.currentIndex().row() == 0


def test_walking_shows_the_complete_next_photo(large: PreviewOverlay) -> None:
    QTest.keyClick(large, Key.Key_1)
    QTest.keyClick(large, Key.Key_Right)
    assert large.pictures.photo.view == FIT


def test_a_zoomed_photo_becomes_sharp(qtbot: QtBot, results_ui: WindowFixture, large: PreviewOverlay) -> None:
    photo = large.pictures.photo
    before = photo.image.width()
    QTest.keyClick(large, Key.Key_Plus)
    qtbot.waitUntil(lambda: photo.image.width() == 6000)
    wait_until_idle(qtbot, results_ui)
    assert [side for _, side in results_ui.engine.previews_begun if side > before] == [6000]
    QTest.keyClick(large, Key.Key_0)
    assert photo.image.width() == before


def test_a_huge_photo_is_decoded_up_to_the_limit(results_ui: WindowFixture, large: PreviewOverlay) -> None:
    results_ui.engine.preview_gate.shut()
    huge = Photo(results_ui.results.model.hits[0].path, width=21_000, height=14_000)
    results_ui.results.model.show([Hit(1, huge, 0.9, Label.CLOSE)])
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(0))
    QTest.keyClick(large, Key.Key_1)
    assert large.pictures.photo.side == LARGEST_SIDE
