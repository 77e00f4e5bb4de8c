"""The rail with the pages, and its icons."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QIcon, QImage, QRawFont
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget

from desktop.shell.palettes import palette
from desktop.shell.rail import RailButton
from desktop.widgets.icons import FONT, Glyph, icon

if TYPE_CHECKING:
    from collections.abc import Iterator

    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.window_driver import WindowFixture


@pytest.fixture
def page(ui: WindowFixture) -> QWidget:
    page = QWidget()
    ui.shell.add_page(page, "&Other", Glyph.IMAGE, "Ctrl+7")
    return page


@pytest.fixture
def palette_restored(qapp: QApplication) -> Iterator[None]:
    before = qapp.palette()
    yield
    qapp.setPalette(before)


def button(ui: WindowFixture, name: str) -> RailButton:
    (found,) = [each for each in ui.shell.rail.findChildren(RailButton) if each.text() == name]
    return found


def test_a_click_in_the_rail_shows_the_page_and_marks_it(qtbot: QtBot, ui: WindowFixture, page: QWidget) -> None:
    qtbot.waitUntil(button(ui, "Search").isChecked)

    QTest.mouseClick(button(ui, "Other"), Qt.MouseButton.LeftButton)

    assert ui.shell.stack.currentWidget() is page
    assert (button(ui, "Other").isChecked(), button(ui, "Search").isChecked()) == (True, False)


def test_the_shortcut_of_a_page_marks_it_in_the_rail(qtbot: QtBot, ui: WindowFixture, page: QWidget) -> None:
    qtbot.waitUntil(button(ui, "Search").isChecked)

    QTest.keyClick(ui.window, Qt.Key.Key_7, Qt.KeyboardModifier.ControlModifier)

    assert ui.shell.stack.currentWidget() is page
    assert button(ui, "Other").isChecked()


def test_the_rail_is_hidden_while_the_library_has_no_photos(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    qtbot.waitUntil(lambda: empty_ui.shell.library.status is not None)
    assert empty_ui.shell.rail.isHidden()


def test_the_number_of_things_on_a_page_is_drawn_and_spoken(ui: WindowFixture, page: QWidget) -> None:
    other = button(ui, "Other")
    without = other.grab().toImage()

    ui.shell.set_page_count(page, 12)

    assert other.count == 12
    assert other.accessibleName() == "Other, 12"
    assert other.grab().toImage() != without
    ui.shell.set_page_count(page, 0)
    assert other.accessibleName() == "Other"
    assert other.grab().toImage() == without


def test_settings_in_the_rail_are_off_while_they_cannot_be_changed(ui: WindowFixture) -> None:
    ui.shell.library.set_moving(True)
    assert not button(ui, "Settings").isEnabled()
    ui.shell.library.set_moving(False)
    assert button(ui, "Settings").isEnabled()


def test_every_icon_is_in_the_font(qapp: QApplication) -> None:
    font = QRawFont(str(FONT), 16)
    assert [glyph.name for glyph in Glyph if not font.supportsCharacter(ord(glyph.value))] == []


@pytest.mark.usefixtures("palette_restored")
def test_an_icon_is_dark_on_light_and_light_on_dark(qapp: QApplication) -> None:
    def lightness() -> int:
        image = shown.pixmap(QSize(32, 32)).toImage().convertToFormat(QImage.Format.Format_ARGB32)
        drawn = [image.pixelColor(x, y) for x in range(image.width()) for y in range(image.height())]
        return max(
            (colour.lightness() for colour in drawn if colour.alpha() == 255), key=lambda value: abs(value - 128)
        )

    shown = icon(Glyph.GEAR_SIX)
    qapp.setPalette(palette(dark=False))
    assert lightness() < 60
    qapp.setPalette(palette(dark=True))
    assert lightness() > 200


def test_a_disabled_icon_is_paler(qapp: QApplication) -> None:
    shown = icon(Glyph.GEAR_SIX)
    size = QSize(32, 32)
    assert shown.pixmap(size, QIcon.Mode.Disabled).toImage() != shown.pixmap(size).toImage()


def test_a_low_window_shows_only_the_icons(qtbot: QtBot, ui: WindowFixture) -> None:
    search, style = button(ui, "Search"), Qt.ToolButtonStyle
    ui.window.resize(900, 900)
    qtbot.waitUntil(lambda: search.toolButtonStyle() is style.ToolButtonTextUnderIcon)
    ui.window.resize(900, 330)
    qtbot.waitUntil(lambda: search.toolButtonStyle() is style.ToolButtonIconOnly)
    assert search.toolTip() == "Search (Ctrl+1)"


def test_the_rail_is_left_of_the_page(qtbot: QtBot, ui: WindowFixture) -> None:
    qtbot.waitUntil(ui.shell.rail.isVisible)
    assert ui.shell.rail.geometry().right() < ui.shell.stack.mapTo(ui.window, ui.shell.stack.rect().topLeft()).x()
