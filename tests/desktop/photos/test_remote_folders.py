from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt, QUrl
from PySide6.QtGui import QColor, QDesktopServices
from PySide6.QtWidgets import QApplication, QFileDialog, QPushButton

from core.types import RemoteFolder
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, shows, wait_until_settled

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

ROOT = RemoteFolder("uuid-1", "berta: /data/photos")
LAKE = Path("2019/lake.png")
LOCATE = "Locate folder\N{HORIZONTAL ELLIPSIS}"


@pytest.fixture
def found(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window that shows six photos, the second of which is on another computer."""
    ui.engine.foreign[LAKE] = (ROOT, QColor("#0000fe"))
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 6)
    assert ui.names[1] == "lake.png"
    ui.results.view.setCurrentIndex(ui.results.model.index(1))
    return ui


def answer(ui: WindowFixture, folder: Path) -> None:
    (dialog,) = ui.window.findChildren(QFileDialog)
    assert "berta: /data/photos" in dialog.windowTitle()
    dialog.fileSelected.emit(str(folder))
    dialog.close()


def banner_button(ui: WindowFixture) -> QPushButton:
    (button,) = (b for b in ui.shell.banner.findChildren(QPushButton) if b.text().replace("&", "") == LOCATE)
    return button


def test_a_photo_of_another_computer_says_where_it_is_and_is_not_fetched(
    qtbot: QtBot, found: WindowFixture, photos: Path
) -> None:
    index = found.results.model.index(1)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "berta: /data/photos: 2019/lake.png"
    assert "not on this computer" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    qtbot.waitUntil(lambda: set(found.engine.thumbnails_done) == set(photos.iterdir()))
    wait_until_settled(qtbot, found)
    assert LAKE not in found.engine.thumbnails_begun
    view = found.results.view
    tile = view.grab(view.visualRect(index)).toImage()
    assert not shows(tile, "#0000fe")


def test_a_name_that_looks_like_markup_is_shown_as_it_is(qtbot: QtBot, found: WindowFixture, photos: Path) -> None:
    found.engine.foreign = {Path("x.png"): (RemoteFolder("2", "<b>berta</b>"), QColor("#0000fe"))}
    drop(found.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: found.names[1] == "x.png")
    assert "&lt;b&gt;berta" in found.results.model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_the_first_photos_of_another_computer_are_told_once(qtbot: QtBot, found: WindowFixture, photos: Path) -> None:
    banner = found.shell.banner
    assert banner.isVisible()
    assert banner.text.startswith("Some of these photos are on berta: /data/photos.")
    asked = len(found.engine.requests)
    drop(found.window, files(photos / "indigo.png"))
    qtbot.waitUntil(lambda: len(found.engine.requests) == asked + 1 and not found.results.is_searching)
    assert not banner.isVisible()


def test_another_message_is_not_lost_to_photos_of_another_computer(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    QApplication.clipboard().setText("no path")
    ui.shell.actions.paste.trigger()
    said = ui.shell.banner.text
    ui.engine.foreign[LAKE] = (ROOT, QColor("#0000fe"))
    ui.shell.actions.update_library.trigger()
    ui.shell.banner.show_message(said)
    qtbot.waitUntil(lambda: len(ui.names) == 6)
    assert ui.shell.banner.text == said
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: "berta" in ui.shell.banner.text)


@pytest.mark.parametrize("name", ["open", "show", "more"])
def test_a_photo_of_another_computer_is_not_opened_but_explained(
    qtbot: QtBot, found: WindowFixture, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    found.shell.banner.hide()
    getattr(found.photo_actions, name).trigger()
    assert opened == []
    assert found.shell.banner.isVisible()
    assert found.shell.banner.text.startswith("This photo is on berta: /data/photos.")
    assert banner_button(found).isVisible()


def test_the_path_of_a_photo_of_another_computer_is_copied_with_its_place(found: WindowFixture) -> None:
    found.photo_actions.copy.trigger()
    assert QApplication.clipboard().text() == "berta: /data/photos: 2019/lake.png"


def test_a_folder_of_another_computer_is_found_here(qtbot: QtBot, found: WindowFixture, tmp_path: Path) -> None:
    here = tmp_path / "share"
    here.mkdir()
    banner_button(found).click()
    answer(found, here)
    qtbot.waitUntil(lambda: found.engine.located == [(ROOT.uuid, here)])
    qtbot.waitUntil(lambda: all(hit.remote is None for hit in found.results.model.hits))
    assert here / LAKE in [hit.path for hit in found.results.model.hits]
    assert not found.shell.banner.isVisible()


def test_a_folder_that_cannot_be_taken_is_told(qtbot: QtBot, found: WindowFixture, tmp_path: Path) -> None:
    banner_button(found).click()
    answer(found, tmp_path / "gone")
    qtbot.waitUntil(lambda: "gone. Choose one that exists." in found.shell.banner.text)
    assert found.engine.located == []


def test_the_menu_asks_for_the_folder_of_photos_of_other_computers_only(qtbot: QtBot, found: WindowFixture) -> None:
    locate = found.photo_actions.locate
    assert locate.isVisible()
    found.results.view.setCurrentIndex(found.results.model.index(0))
    assert not locate.isVisible()
    found.results.view.setCurrentIndex(found.results.model.index(1))
    locate.trigger()
    assert len(found.window.findChildren(QFileDialog)) == 1
    found.window.findChildren(QFileDialog)[0].close()


def test_the_keyboard_stays_on_a_photo_of_another_computer_when_the_search_is_answered_anew(
    qtbot: QtBot, found: WindowFixture
) -> None:
    other = RemoteFolder("uuid-2", "carl: /pictures")
    found.engine.foreign = {Path("lake.png"): (other, QColor("#0000ff")), **found.engine.foreign}
    found.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(found.names) == 7)
    current = found.results.view.current()
    assert current
    assert (current.remote, current.path) == (ROOT, LAKE)
