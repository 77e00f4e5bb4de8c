"""The page with problems."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QDesktopServices
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from desktop.paths import to_url
from desktop.problems.page import ProblemsPage
from desktop.search.page import SearchPage
from desktop.shell.rail import RailButton
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, only, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QUrl
    from pytestqt.qtbot import QtBot


@pytest.fixture
def broken(photos: Path) -> list[Path]:
    """Return two damaged photos in the folder."""
    paths = [photos / "a #1!.png", photos / "b 2.png"]
    for path in paths:
        path.write_bytes(b"broken")
    return paths


@pytest.fixture
def page_ui(qtbot: QtBot, empty_ui: WindowFixture, photos: Path, broken: list[Path]) -> WindowFixture:
    """Return a window that shows the page, after a folder with damaged photos has been indexed."""
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: count(empty_ui) == len(broken))
    empty_ui.shell.show_page(page(empty_ui))
    qtbot.waitUntil(lambda: texts(empty_ui) != [])
    wait_until_idle(qtbot, empty_ui)
    return empty_ui


def page(ui: WindowFixture) -> ProblemsPage:
    return only(ui.window, ProblemsPage)


def count(ui: WindowFixture) -> int:
    return next(each for each in ui.shell.rail.findChildren(RailButton) if each.text() == "Problems").count


def texts(ui: WindowFixture) -> list[tuple[str, list[str]]]:
    """Return the rows of the tree with the names under them."""
    model = page(ui).model
    groups = [model.index(row, 0) for row in range(model.rowCount())]
    return [
        (group.data(), [model.index(row, 0, group).data() for row in range(model.rowCount(group))]) for group in groups
    ]


def select(ui: WindowFixture, *rows: int) -> None:
    """Select photos under the first reason, or the reason itself without any."""
    model, tree = page(ui).model, page(ui).tree
    group = model.index(0, 0)
    tree.clearSelection()
    for row in rows:
        flags = tree.selectionModel().SelectionFlag
        tree.selectionModel().select(model.index(row, 0, group), flags.Select | flags.Rows)
    if not rows:
        tree.setCurrentIndex(group)


def test_photos_that_could_not_be_read_are_listed_under_the_reason_and_counted_in_the_rail(
    page_ui: WindowFixture,
) -> None:
    assert texts(page_ui) == [("It is damaged. (2 photos)", ["a #1!.png", "b 2.png"])]
    assert page(page_ui).heading == "2 photos with a problem"
    assert count(page_ui) == 2


def test_photos_whose_end_is_missing_are_counted(qtbot: QtBot, ui: WindowFixture) -> None:
    ui.engine.incomplete = 1
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: count(ui) == 1)


def test_without_problems_the_page_says_so(qtbot: QtBot, ui: WindowFixture) -> None:
    ui.shell.show_page(page(ui))
    wait_until_idle(qtbot, ui)
    assert page(ui).currentIndex() == 0
    assert count(ui) == 0


def test_a_folder_that_is_offline_is_listed_with_its_photos(qtbot: QtBot, ui: WindowFixture, photos: Path) -> None:
    ui.shell.show_page(page(ui))
    ui.engine.offline.add(photos)
    ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: any("not available" in group for group, _ in texts(ui)))
    assert texts(ui)[-1][1] == ["5 photos"]


def test_try_again_reads_the_photos_again(
    qtbot: QtBot, page_ui: WindowFixture, photos: Path, broken: list[Path]
) -> None:
    for path in broken:
        path.write_bytes((photos / "red.png").read_bytes())
    page_ui.engine.failed.clear()
    page(page_ui).retry.click()
    qtbot.waitUntil(lambda: page(page_ui).currentIndex() == 0)
    assert count(page_ui) == 0


def test_a_photo_that_is_left_out_is_skipped_from_then_on(qtbot: QtBot, page_ui: WindowFixture, photos: Path) -> None:
    runs = len(page_ui.engine.indexed_folders)
    select(page_ui, 0)
    page(page_ui).leave_out.click()
    qtbot.waitUntil(lambda: len(page_ui.engine.indexed_folders) == runs + 1)
    (root,) = page_ui.engine.roots
    assert root.rules.exclude == r"/a \#1\!.png"
    assert page_ui.engine.indexed_folders[-1] == (photos,)


def test_leaving_out_a_reason_leaves_out_all_photos_under_it(qtbot: QtBot, page_ui: WindowFixture) -> None:
    select(page_ui)
    page(page_ui).leave_out.click()
    qtbot.waitUntil(lambda: page_ui.engine.roots[0].rules.exclude == "/a \\#1\\!.png\n/b 2.png")
    wait_until_idle(qtbot, page_ui)


def test_a_photo_is_shown_in_its_folder(page_ui: WindowFixture, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr("sys.platform", "linux")

    def note(url: QUrl) -> bool:
        opened.append(url)
        return True

    monkeypatch.setattr(QDesktopServices, "openUrl", note)
    select(page_ui, 1)
    page(page_ui).show_in_folder.click()
    assert opened == [to_url(photos)]


def test_the_list_is_copied_with_paths_and_reasons(page_ui: WindowFixture, broken: list[Path]) -> None:
    page(page_ui).copy.click()
    assert QApplication.clipboard().text().splitlines() == [f"{path}: It is damaged." for path in broken]


def test_buttons_are_enabled_as_they_make_sense(page_ui: WindowFixture) -> None:
    def enabled() -> tuple[bool, bool, bool]:
        shown = page(page_ui)
        return shown.retry.isEnabled(), shown.leave_out.isEnabled(), shown.show_in_folder.isEnabled()

    page(page_ui).tree.clearSelection()
    assert enabled() == (True, False, False)
    select(page_ui, 0)
    assert enabled() == (True, True, True)
    select(page_ui, 0, 1)
    assert enabled() == (True, True, False)
    page_ui.shell.library.set_read_only(True)
    assert enabled() == (False, False, False)


def test_the_page_takes_the_keyboard_focus(qtbot: QtBot, page_ui: WindowFixture) -> None:
    page_ui.window.activateWindow()
    page_ui.shell.show_page(only(page_ui.window, SearchPage))
    QTest.keyClick(page_ui.window, Qt.Key.Key_4, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(page(page_ui).tree.hasFocus)


def test_the_list_is_up_to_date_when_the_page_is_shown_again(
    qtbot: QtBot, page_ui: WindowFixture, broken: list[Path]
) -> None:
    page_ui.shell.show_page(only(page_ui.window, SearchPage))
    broken[0].unlink()
    del page_ui.engine.failed[broken[0]]
    page_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: count(page_ui) == 1)
    page_ui.shell.show_page(page(page_ui))
    qtbot.waitUntil(lambda: texts(page_ui) == [("It is damaged. (1 photo)", ["b 2.png"])])
