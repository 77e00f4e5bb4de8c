"""The duplicates page, and moving photos to the recycle bin from any page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QMessageBox, QPushButton

from core.types import Advantage, DuplicateGroup, DuplicateKind, Failure, Photo
from desktop.duplicates.page import DuplicatesPage
from desktop.library.page import LibraryPage
from tests.helpers.desktop.window_driver import WindowFixture, activate, button, only, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

NAMES = ["red.png", "crimson.png", "blue.png", "indigo.png", "purple.png"]


@pytest.fixture
def groups(ui: WindowFixture, photos: Path) -> list[DuplicateGroup]:
    def photo(name: str, size: int) -> Photo:
        return Photo(photos / name, size=size, width=300, height=200)

    ui.engine.hidden_duplicates = [
        DuplicateGroup(DuplicateKind.SAME_FILE, (photo(NAMES[0], 5000), photo(NAMES[1], 4000)), Advantage.PATH),
        DuplicateGroup(
            DuplicateKind.SAME_PICTURE,
            (photo(NAMES[2], 9000), photo(NAMES[3], 3000), photo(NAMES[4], 2000)),
            Advantage.PIXELS,
        ),
    ]
    return ui.engine.hidden_duplicates


@pytest.fixture
def page_ui(qtbot: QtBot, ui: WindowFixture, groups: list[DuplicateGroup]) -> WindowFixture:
    """Return a window that shows the page with the groups that an earlier search has found."""
    ui.engine.found_duplicates = groups
    activate(qtbot, ui.window)
    QTest.keyClick(ui.window, Qt.Key.Key_3, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(ui) == NAMES)
    return ui


def page(ui: WindowFixture) -> DuplicatesPage:
    return only(ui.window, DuplicatesPage)


def names(ui: WindowFixture) -> list[str]:
    return [item.path.name for item in page(ui).model.items]


def selected(ui: WindowFixture) -> list[str]:
    return [item.path.name for item in page(ui).view.selected()]


def question(ui: WindowFixture) -> QMessageBox:
    (box,) = ui.window.findChildren(QMessageBox)
    return box


def answer(qtbot: QtBot, ui: WindowFixture, text: str) -> None:
    next(each for each in question(ui).findChildren(QPushButton) if each.text().replace("&", "") == text).click()
    qtbot.waitUntil(lambda: ui.window.findChildren(QMessageBox) == [])
    wait_until_idle(qtbot, ui)


def test_what_an_earlier_search_has_found_is_shown_at_once(page_ui: WindowFixture) -> None:
    shown = page(page_ui)
    assert [(section.title, section.count) for section in shown.model.sections] == [
        ("Same file, 3.9 kB besides the best one", 2),
        ("Same picture, 4.9 kB besides the best one", 3),
    ]
    assert shown.heading == "2 groups, 8.8 kB besides the best photos"
    assert selected(page_ui) == [NAMES[0]]
    assert shown.view.hasFocus()


def test_the_best_photo_says_why_and_the_others_what_they_are_like(page_ui: WindowFixture) -> None:
    model = page(page_ui).model
    assert [model.badge(row) for row in range(4)] == [
        "Best: shortest path",
        "300 \N{MULTIPLICATION SIGN} 200, 3.9 kB",
        "Best: most pixels",
        "300 \N{MULTIPLICATION SIGN} 200, 2.9 kB",
    ]
    assert model.index(2).data(Qt.ItemDataRole.AccessibleTextRole) == "blue.png, Same picture, the best one of 3"
    assert model.index(3).data(Qt.ItemDataRole.AccessibleTextRole) == "indigo.png, Same picture, 2 of 3"


def test_duplicates_are_looked_for_when_asked_and_the_progress_is_shown(
    qtbot: QtBot, ui: WindowFixture, groups: list[DuplicateGroup]
) -> None:
    ui.engine.duplicates_gate.shut()
    activate(qtbot, ui.window)
    ui.shell.show_page(page(ui))
    wait_until_idle(qtbot, ui)
    assert names(ui) == []
    QTest.keyClick(ui.window.focusWidget(), Qt.Key.Key_Space)
    qtbot.waitUntil(page(ui).stop.isVisible)
    assert not page(ui).find_first.isEnabled()
    ui.engine.duplicates_gate.set()
    qtbot.waitUntil(lambda: names(ui) == NAMES)
    assert not page(ui).stop.isVisible()
    page(ui).setFocus()
    assert page(ui).view.hasFocus()


def test_the_search_for_duplicates_can_be_stopped(
    qtbot: QtBot, ui: WindowFixture, groups: list[DuplicateGroup]
) -> None:
    ui.engine.duplicates_gate.shut()
    ui.shell.show_page(page(ui))
    page(ui).find_first.click()
    qtbot.waitUntil(page(ui).stop.isVisible)
    page(ui).stop.click()
    qtbot.waitUntil(lambda: not page(ui).stop.isVisible())
    wait_until_idle(qtbot, ui)
    assert names(ui) == []
    assert page(ui).find_first.isEnabled()


def test_a_library_without_duplicates_says_so_after_a_search(qtbot: QtBot, ui: WindowFixture) -> None:
    ui.shell.show_page(page(ui))
    page(ui).find_first.click()
    wait_until_idle(qtbot, ui)
    assert "No duplicates" in [label.text() for label in page(ui).findChildren(QLabel)]


def test_all_but_the_best_of_the_selected_groups_are_selected(qtbot: QtBot, page_ui: WindowFixture) -> None:
    view, model = page(page_ui).view, page(page_ui).model
    view.setCurrentIndex(model.index(4))
    QTest.keyClick(page_ui.window, Qt.Key.Key_D, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: selected(page_ui) == NAMES[3:])
    view.selectAll()
    page(page_ui).select_others.click()
    assert selected(page_ui) == [NAMES[1], *NAMES[3:]]


def test_selected_photos_are_moved_to_the_bin_once_the_user_confirms(
    qtbot: QtBot, page_ui: WindowFixture, photos: Path
) -> None:
    view, model = page(page_ui).view, page(page_ui).model
    view.setCurrentIndex(model.index(3))
    page(page_ui).select_others.click()
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert question(page_ui).text() == "Move 2 photos to the recycle bin?"
    assert question(page_ui).informativeText().startswith("4.9 kB. You can restore them")
    assert page_ui.engine.binned == []
    answer(qtbot, page_ui, "Move to the recycle bin")
    assert page_ui.engine.binned == [photos / name for name in NAMES[3:]]
    qtbot.waitUntil(lambda: names(page_ui) == NAMES[:2])
    assert "2 photos are in the recycle bin now" in page_ui.shell.banner.text
    assert page_ui.shell.library.status
    assert page_ui.shell.library.status.photos == 3


def test_nothing_is_moved_if_the_user_says_no(qtbot: QtBot, page_ui: WindowFixture) -> None:
    QTest.keyClick(page(page_ui).view, Qt.Key.Key_Delete)
    answer(qtbot, page_ui, "Cancel")
    assert page_ui.engine.binned == []
    assert names(page_ui) == NAMES


def test_the_question_says_if_no_photo_of_a_group_would_be_left(qtbot: QtBot, page_ui: WindowFixture) -> None:
    view, model = page(page_ui).view, page(page_ui).model
    view.setCurrentIndex(model.index(0))
    view.selectionModel().select(model.index(1), view.selectionModel().SelectionFlag.Select)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    assert "no photo would be left" in question(page_ui).informativeText()
    answer(qtbot, page_ui, "Cancel")
    view.setCurrentIndex(model.index(1))
    page_ui.photo_actions.bin.trigger()
    assert "no photo would be left" not in question(page_ui).informativeText()
    answer(qtbot, page_ui, "Cancel")


def test_a_photo_that_could_not_be_moved_is_named_with_the_reason(
    qtbot: QtBot, page_ui: WindowFixture, photos: Path
) -> None:
    page_ui.engine.bin_failures[photos / NAMES[1]] = Failure(photos / NAMES[1], "It has changed.")
    page(page_ui).select_others.click()
    QTest.keyClick(page(page_ui).view, Qt.Key.Key_Delete)
    answer(qtbot, page_ui, "Move to the recycle bin")
    expected = f"1 photo could not be moved to the recycle bin. {photos / NAMES[1]}: It has changed."
    assert page_ui.shell.banner.text == expected


def test_after_a_photo_is_moved_from_the_library_the_next_one_is_current(qtbot: QtBot, page_ui: WindowFixture) -> None:
    library = only(page_ui.window, LibraryPage)
    page_ui.shell.show_page(library)
    qtbot.waitUntil(lambda: len(library.model.items) == 5)
    before = [item.path.name for item in library.model.items]
    library.view.setCurrentIndex(library.model.index(2))
    QTest.keyClick(library.view, Qt.Key.Key_Delete)
    answer(qtbot, page_ui, "Move to the recycle bin")
    qtbot.waitUntil(lambda: len(library.model.items) == 4)
    current = library.view.current()
    assert current
    assert current.path.name == before[3]


def test_the_button_of_the_first_search_is_named(ui: WindowFixture) -> None:
    assert button(page(ui), "Find duplicates") is page(ui).find_first
