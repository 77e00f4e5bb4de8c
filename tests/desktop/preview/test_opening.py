"""Opening and closing the preview."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QPushButton, QToolButton, QWidget

from core.types import Label
from desktop.shell.palettes import DARK, Role
from desktop.widgets.icons import Glyph
from tests.helpers.desktop.window_driver import NO_KEY, WindowFixture, drop, files, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from desktop.preview.overlay import PreviewOverlay


def hold(widget: QWidget, key: Qt.Key) -> None:
    """Send the key press that the system repeats while a key is held."""
    QApplication.sendEvent(widget, QKeyEvent(QEvent.Type.KeyPress, key, NO_KEY, "", autorep=True))


def test_space_covers_the_window_with_the_current_photo(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    assert preview.isVisible()
    assert preview.geometry() == results_ui.window.rect()
    assert preview.strip.title.text() == "blue.png"
    assert not preview.pictures.photo.image.isNull()


def test_the_preview_is_the_first_entry_of_the_photo_menu(
    results_ui: WindowFixture, closed_preview: PreviewOverlay
) -> None:
    first = results_ui.photo_actions.all()[0]
    assert first.text() == "&Preview"
    assert results_ui.results.view.menu().actions()[0] is first
    first.trigger()
    assert closed_preview.isVisible()


def test_without_a_photo_nothing_opens(results_ui: WindowFixture, closed_preview: PreviewOverlay) -> None:
    results_ui.results.clear()
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_Space)
    assert not closed_preview.isVisible()


@pytest.mark.parametrize("key", [Qt.Key.Key_Space, Qt.Key.Key_Escape])
def test_a_key_leads_back_to_the_photo_in_the_grid(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay, key: Qt.Key
) -> None:
    view = results_ui.results.view
    results_ui.window.resize(420, 520)  # only a part of the photos fits
    QTest.keyClick(preview, Qt.Key.Key_End)
    view.verticalScrollBar().setValue(0)
    QTest.keyClick(preview, key)
    assert not preview.isVisible()
    qtbot.waitUntil(view.hasFocus)
    assert view.currentIndex().row() == 4
    assert view.viewport().rect().contains(view.visualRect(view.currentIndex()))


def test_holding_space_does_not_close_the_preview_again(preview: PreviewOverlay) -> None:
    hold(preview, Qt.Key.Key_Space)
    assert preview.isVisible()


def test_escape_leaves_the_messages_of_the_window_alone(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    results_ui.shell.banner.show_message("Something is wrong.")
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    assert not preview.isVisible()
    assert results_ui.shell.banner.isVisible()


def test_the_preview_stays_as_large_as_the_window(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    results_ui.window.resize(700, 600)
    qtbot.waitUntil(lambda: preview.size() == results_ui.window.size())


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ground_is_dark_in_both_themes(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay, theme: str
) -> None:
    chosen = next(action for action in results_ui.window.appearance.menu.actions() if theme in action.text().lower())
    chosen.trigger()
    photo = preview.pictures.photo
    assert photo.grab().toImage().pixelColor(1, 1).name() == DARK[Role.Dark]


def test_tab_stays_in_the_preview(preview: PreviewOverlay) -> None:
    focused: QWidget | None = preview
    seen = set()
    for _ in range(2 * len(preview.findChildren(QToolButton))):
        assert focused
        QTest.keyClick(focused, Qt.Key.Key_Tab)
        focused = QApplication.focusWidget()
        seen.add(focused)
    assert seen == {preview, *(button for button in preview.findChildren(QToolButton) if button.isEnabled())}


def test_every_button_names_what_it_does_and_its_key(preview: PreviewOverlay) -> None:
    buttons = preview.findChildren(QToolButton)
    names = [button.accessibleName() for button in buttons]
    assert names == [
        "Previous photo (Left)",
        "Next photo (Right)",
        "Actual size (1)",
        "Compare (C)",
        "Alternate (B)",
        "Full screen (F11)",
        "Close (Space)",
    ]
    assert [button.toolTip() for button in buttons] == names


def test_the_buttons_do_what_the_keys_do(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    buttons = {button.accessibleName().partition(" (")[0]: button for button in preview.findChildren(QToolButton)}
    buttons["Next photo"].click()
    assert preview.strip.title.text() == "indigo.png"
    buttons["Previous photo"].click()
    assert preview.strip.title.text() == "blue.png"
    assert preview.hasFocus()
    buttons["Close"].click()
    assert not preview.isVisible()


def test_screen_readers_get_the_text_of_the_photo(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    assert preview.accessibleName() == "blue.png, score 1.00, identical, 1 of 5"
    QTest.keyClick(preview, Qt.Key.Key_Right)
    assert preview.accessibleName() == str(
        results_ui.results.view.currentIndex().data(Qt.ItemDataRole.AccessibleTextRole)
    )
    assert preview.pictures.photo.accessibleName() == "indigo.png"


def test_the_actions_of_the_photo_work_in_the_preview(
    results_ui: WindowFixture, preview: PreviewOverlay, photos: Path
) -> None:
    QTest.keyClick(preview, Qt.Key.Key_Right)
    QTest.keyClick(preview, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    assert QApplication.clipboard().text() == str(photos / "indigo.png")


def test_a_search_from_the_preview_closes_it(qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    QTest.keyClick(preview, Qt.Key.Key_End)
    QTest.keyClick(preview, Qt.Key.Key_L, Qt.KeyboardModifier.ControlModifier)
    assert not preview.isVisible()
    qtbot.waitUntil(lambda: results_ui.query_panel.name == "red.png")


def test_a_picture_that_is_dropped_on_the_preview_is_searched_with(
    qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay, photos: Path
) -> None:
    drop(results_ui.window, files(photos / "red.png"))
    assert not preview.isVisible()
    qtbot.waitUntil(lambda: results_ui.names[0] == "red.png")


def test_an_error_of_an_action_is_not_hidden_by_the_preview(
    results_ui: WindowFixture, preview: PreviewOverlay, photos: Path
) -> None:
    (photos / "blue.png").unlink()
    QTest.keyClick(preview, Qt.Key.Key_Return)
    assert not preview.isVisible()
    assert "was not found" in results_ui.shell.banner.text


def test_the_preview_closes_when_there_are_no_results_any_more(
    results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    results_ui.results.model.show(())
    assert not preview.isVisible()


def test_the_preview_closes_when_another_page_is_shown(results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    page = QPushButton("Other")
    results_ui.shell.add_page(page, "Other", Glyph.IMAGE, "Ctrl+9")
    results_ui.shell.show_page(page)
    assert not preview.isVisible()


def test_a_better_word_for_the_photo_is_shown_without_a_new_announcement(
    results_ui: WindowFixture, preview: PreviewOverlay
) -> None:
    model = results_ui.results.model
    model.relabel([replace(hit, label=Label.SAME_PLACE) for hit in model.hits])
    assert "same place" in preview.strip.details.text()


def test_a_closed_preview_keeps_no_pictures(qtbot: QtBot, results_ui: WindowFixture, preview: PreviewOverlay) -> None:
    QTest.keyClick(preview, Qt.Key.Key_Escape)
    results_ui.engine.previews_begun.clear()
    QTest.keyClick(results_ui.results.view, Qt.Key.Key_Space)
    wait_until_idle(qtbot, results_ui)
    assert results_ui.engine.previews_begun
