"""The library page."""

from __future__ import annotations

from calendar import timegm
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.types import Metadata, Photo
from desktop.library.months import month_of, sections
from desktop.library.page import LibraryPage
from desktop.preview.overlay import PreviewOverlay
from desktop.search.page import SearchPage
from tests.helpers.desktop.window_driver import WindowFixture, activate, drop, files, only, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

NEWEST_FIRST = ["red.png", "crimson.png", "blue.png", "purple.png", "indigo.png"]


@pytest.fixture
def page_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window that shows the library, with two photos of June 2024, one of May, and two of 1970."""
    ui.engine.taken_at = {
        photos / "red.png": timegm((2024, 6, 30, 23, 59, 0)),
        photos / "crimson.png": timegm((2024, 6, 1, 0, 0, 0)),
        photos / "blue.png": timegm((2024, 5, 31, 23, 0, 0)),
    }
    activate(qtbot, ui.window)
    QTest.keyClick(ui.window, Qt.Key.Key_2, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: names(ui) == NEWEST_FIRST)
    return ui


def page(ui: WindowFixture) -> LibraryPage:
    return only(ui.window, LibraryPage)


def names(ui: WindowFixture) -> list[str]:
    return [item.path.name for item in page(ui).model.items]


def test_all_photos_are_shown_newest_first_in_a_section_for_each_month(page_ui: WindowFixture) -> None:
    shown = page(page_ui)
    assert [(section.title, section.count) for section in shown.model.sections] == [
        ("June 2024", 2),
        ("May 2024", 1),
        ("January 1970", 2),
    ]
    assert shown.heading == "5 photos"
    assert shown.view.hasFocus()


def test_a_photo_says_its_name_and_place_but_no_score(page_ui: WindowFixture) -> None:
    index = page(page_ui).model.index(0)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "red.png, 1 of 5"
    assert "score" not in index.data(Qt.ItemDataRole.ToolTipRole)
    assert "2024" in index.data(Qt.ItemDataRole.ToolTipRole) or "24" in index.data(Qt.ItemDataRole.ToolTipRole)


def test_a_photo_of_the_library_can_be_searched_with(qtbot: QtBot, page_ui: WindowFixture) -> None:
    page(page_ui).view.setCurrentIndex(page(page_ui).model.index(2))
    page_ui.photo_actions.more.trigger()
    qtbot.waitUntil(lambda: page_ui.names[:1] == ["indigo.png"])  # without itself
    assert page_ui.query_panel.name == "blue.png"
    assert page_ui.shell.stack.currentWidget() is only(page_ui.window, SearchPage)


def test_a_photo_of_the_library_can_be_previewed(page_ui: WindowFixture) -> None:
    QTest.keyClick(page(page_ui).view, Qt.Key.Key_Space)
    preview = only(page_ui.window, PreviewOverlay)
    assert preview.isVisible()
    assert preview.strip.title.text() == "red.png"
    assert "1 of 5" in preview.strip.details.text()
    assert "score" not in preview.strip.details.text()


def test_new_photos_appear_and_the_current_one_stays_current(
    qtbot: QtBot, page_ui: WindowFixture, photos: Path
) -> None:
    view = page(page_ui).view
    view.setCurrentIndex(page(page_ui).model.index(1))
    (photos / "a new one.png").write_bytes((photos / "red.png").read_bytes())
    page_ui.engine.taken_at[photos / "a new one.png"] = timegm((2025, 1, 1, 0, 0, 0))
    page_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: names(page_ui) == ["a new one.png", *NEWEST_FIRST])
    current = view.current()
    assert current
    assert current.path.name == "crimson.png"


def test_photos_are_not_listed_while_another_page_is_shown(qtbot: QtBot, page_ui: WindowFixture, photos: Path) -> None:
    page_ui.shell.show_page(only(page_ui.window, SearchPage))
    listings = page_ui.engine.listings
    (photos / "red.png").unlink()
    page_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(page_ui.engine.photos) == 4)
    wait_until_idle(qtbot, page_ui)
    assert page_ui.engine.listings == listings
    page_ui.shell.show_page(page(page_ui))
    qtbot.waitUntil(lambda: names(page_ui) == NEWEST_FIRST[1:])


def test_actions_are_for_the_photo_of_the_page_in_sight(qtbot: QtBot, page_ui: WindowFixture, photos: Path) -> None:
    actions = page_ui.photo_actions
    assert actions.open.isEnabled()
    page_ui.shell.show_page(only(page_ui.window, SearchPage))  # which has no results yet
    qtbot.waitUntil(lambda: not actions.open.isEnabled())
    drop(page_ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(page_ui.names) == 5)
    assert actions.open.isEnabled()


def test_the_size_of_photos_is_the_same_on_both_pages(page_ui: WindowFixture) -> None:
    page(page_ui).view.set_row_height(240)
    assert page_ui.results.view.row_height == 240
    page_ui.results.view.set_row_height(120)
    assert page(page_ui).view.row_height == 120


def test_the_month_is_that_of_the_camera_or_else_of_the_file() -> None:
    june, camera = timegm((2024, 6, 15, 12, 0, 0)), timegm((2023, 12, 31, 23, 59, 59))
    assert month_of(Photo(Path("a"), metadata=Metadata(camera), modified_at=june)) == (2023, 12)
    assert month_of(Photo(Path("a"), modified_at=june)) == (2024, 6)
    assert month_of(Photo(Path("a"))) is None
    assert month_of(Photo(Path("a"), modified_at=2**62)) is None


def test_photos_without_a_month_form_a_section_of_their_own() -> None:
    (section,) = sections([Photo(Path("a")), Photo(Path("b"))])
    assert (section.title, section.count) == ("Without a date", 2)
