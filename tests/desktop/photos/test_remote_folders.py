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
def results_ui(qtbot: QtBot, ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window with six results. The second one is on another computer, and is selected."""
    ui.results.model.show_weak(True)
    ui.engine.remote_photos[LAKE] = (ROOT, QColor("#0000fe"))
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


def test_a_remote_photo_shows_its_location_and_no_thumbnail(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    index = results_ui.results.model.index(1)
    assert index.data(Qt.ItemDataRole.ToolTipRole) == "berta: /data/photos: 2019/lake.png\nClose, score 0.99"
    assert "not on this computer" in index.data(Qt.ItemDataRole.AccessibleTextRole)
    qtbot.waitUntil(lambda: set(results_ui.engine.thumbnails_done) == set(photos.iterdir()))
    wait_until_settled(qtbot, results_ui)
    assert LAKE not in results_ui.engine.thumbnails_begun
    view = results_ui.results.view
    tile = view.grab(view.visualRect(index)).toImage()
    assert not shows(tile, "#0000fe")


def test_markup_in_the_name_of_a_remote_folder_is_escaped(
    qtbot: QtBot, results_ui: WindowFixture, photos: Path
) -> None:
    results_ui.engine.remote_photos = {Path("x.png"): (RemoteFolder("2", "<b>berta</b>"), QColor("#0000fe"))}
    drop(results_ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: results_ui.names[1] == "x.png")
    assert "&lt;b&gt;berta" in results_ui.results.model.index(1).data(Qt.ItemDataRole.ToolTipRole)


def test_a_message_explains_remote_photos_only_once(qtbot: QtBot, results_ui: WindowFixture, photos: Path) -> None:
    banner = results_ui.shell.banner
    assert banner.isVisible()
    assert banner.text.startswith("Some of these photos are on berta: /data/photos.")
    asked = len(results_ui.engine.requests)
    drop(results_ui.window, files(photos / "indigo.png"))
    qtbot.waitUntil(lambda: len(results_ui.engine.requests) == asked + 1 and not results_ui.results.is_searching)
    assert not banner.isVisible()


def test_the_message_about_remote_photos_does_not_replace_another_message(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: len(ui.names) == 5)
    QApplication.clipboard().setText("no path")
    ui.shell.actions.paste.trigger()
    message = ui.shell.banner.text
    ui.engine.remote_photos[LAKE] = (ROOT, QColor("#0000fe"))
    ui.shell.actions.update_library.trigger()
    ui.shell.banner.show_message(message)
    qtbot.waitUntil(lambda: len(ui.names) == 6)
    assert ui.shell.banner.text == message
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: "berta" in ui.shell.banner.text)


@pytest.mark.parametrize("name", ["open", "show", "more"])
def test_actions_on_a_remote_photo_only_explain_where_it_is(
    qtbot: QtBot, results_ui: WindowFixture, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[QUrl] = []
    monkeypatch.setattr(QDesktopServices, "openUrl", opened.append)
    results_ui.shell.banner.hide()
    getattr(results_ui.photo_actions, name).trigger()
    assert opened == []
    assert results_ui.shell.banner.isVisible()
    assert results_ui.shell.banner.text.startswith("This photo is on berta: /data/photos.")
    assert banner_button(results_ui).isVisible()


def test_the_copied_path_of_a_remote_photo_includes_its_folder(results_ui: WindowFixture) -> None:
    results_ui.photo_actions.copy_path.trigger()
    assert QApplication.clipboard().text() == "berta: /data/photos: 2019/lake.png"


def test_locating_a_remote_folder_makes_its_photos_local(
    qtbot: QtBot, results_ui: WindowFixture, tmp_path: Path
) -> None:
    here = tmp_path / "share"
    here.mkdir()
    banner_button(results_ui).click()
    answer(results_ui, here)
    qtbot.waitUntil(lambda: results_ui.engine.located == [(ROOT.uuid, here)])
    qtbot.waitUntil(lambda: all(hit.remote is None for hit in results_ui.results.model.hits))
    assert here / LAKE in [hit.path for hit in results_ui.results.model.hits]
    assert not results_ui.shell.banner.isVisible()


def test_locating_a_remote_folder_in_a_missing_folder_shows_an_error(
    qtbot: QtBot, results_ui: WindowFixture, tmp_path: Path
) -> None:
    banner_button(results_ui).click()
    answer(results_ui, tmp_path / "gone")
    qtbot.waitUntil(lambda: "gone. Choose one that exists." in results_ui.shell.banner.text)
    assert results_ui.engine.located == []


def test_the_menu_offers_to_locate_a_folder_only_for_remote_photos(qtbot: QtBot, results_ui: WindowFixture) -> None:
    locate = results_ui.photo_actions.locate
    assert locate.isVisible()
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(0))
    assert not locate.isVisible()
    results_ui.results.view.setCurrentIndex(results_ui.results.model.index(1))
    locate.trigger()
    assert len(results_ui.window.findChildren(QFileDialog)) == 1
    results_ui.window.findChildren(QFileDialog)[0].close()


def test_the_current_remote_photo_stays_current_when_the_search_is_repeated(
    qtbot: QtBot, results_ui: WindowFixture
) -> None:
    other = RemoteFolder("uuid-2", "carl: /pictures")
    results_ui.engine.remote_photos = {Path("lake.png"): (other, QColor("#0000ff")), **results_ui.engine.remote_photos}
    results_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(results_ui.names) == 7)
    current = results_ui.results.view.current()
    assert current
    assert (current.remote, current.path) == (ROOT, LAKE)
