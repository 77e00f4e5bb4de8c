from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton

from core.errors import VectorIndexError
from core.library.settings import IndexSettings, Settings
from tests.helpers.desktop.settings_dialog import SECRET, URI, fill_in, open_dialog
from tests.helpers.desktop.window_driver import WindowFixture, drop, files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def panel_button(ui: WindowFixture, text: str) -> QPushButton:
    buttons = ui.shell.index_progress.findChildren(QPushButton)
    return next(button for button in buttons if button.text().replace("&", "") == text)


def test_another_index_is_built_with_progress_while_searches_still_work(
    qtbot: QtBot, ui: WindowFixture, photos: Path
) -> None:
    ui.engine.search_index.move_gate.shut()
    dialog = open_dialog(ui)
    fill_in(dialog)
    dialog.page.form.type_box.setCurrentText("HNSW")
    dialog.accept()
    panel = ui.shell.index_progress
    qtbot.waitUntil(lambda: panel.text == "Building the new search index: 12,000 of 100,000 photos")
    assert ui.engine.search_index.moves == [(IndexSettings(uri=URI, type="HNSW"), f"root:{SECRET}")]
    assert not ui.shell.actions.settings.isEnabled()
    drop(ui.window, files(photos / "blue.png"))
    qtbot.waitUntil(lambda: ui.names[:1] == ["blue.png"])
    asked = len(ui.engine.requests)
    ui.engine.search_index.move_gate.set()
    qtbot.waitUntil(
        lambda: panel.text == f"Done: searches now use {URI}, which holds 100,000 photos. Building it took 12 s."
    )
    qtbot.waitUntil(lambda: len(ui.engine.requests) == asked + 1)
    assert ui.shell.actions.settings.isEnabled()
    assert SECRET not in "".join(path.read_text() for path in photos.parent.rglob("window.ini"))


def test_a_missing_keyring_is_reported(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.has_keyring = False
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.accept()
    qtbot.waitUntil(lambda: "no keyring" in empty_ui.shell.index_progress.text)
    assert "SEMBLANCE_MILVUS_TOKEN" in empty_ui.shell.index_progress.text


def test_a_cancelled_move_can_be_resumed(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.move_gate.shut()
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.accept()
    panel = empty_ui.shell.index_progress
    qtbot.waitUntil(lambda: bool(empty_ui.engine.search_index.moves))
    QTest.mouseClick(panel_button(empty_ui, "Stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.text.startswith("Stopped. Searches still use the current index."))
    assert empty_ui.engine.search_index.cancelled_moves == 1
    empty_ui.engine.search_index.move_gate.set()
    QTest.mouseClick(panel_button(empty_ui, "Resume"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: panel.text.startswith("Done"))
    assert empty_ui.engine.search_index.moves[0] == empty_ui.engine.search_index.moves[1]
    assert not panel_button(empty_ui, "Resume").isVisible()


def test_a_failed_move_shows_the_reason_and_keeps_the_current_index(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.move_error = VectorIndexError("Nothing answers there. Start the server.")
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.accept()
    banner = empty_ui.shell.banner
    qtbot.waitUntil(
        lambda: banner.text == "Nothing answers there. Start the server. Searches still use the current index."
    )
    assert not empty_ui.shell.index_progress.isVisible()
    empty_ui.engine.search_index.move_error = None
    next(button for button in banner.findChildren(QPushButton) if button.text() == "&Resume").click()
    qtbot.waitUntil(lambda: empty_ui.shell.index_progress.text.startswith("Done"))
    assert not banner.isVisible()


def test_changing_only_the_password_starts_a_move(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.settings = Settings(index=IndexSettings(uri=URI))
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.accept()
    qtbot.waitUntil(lambda: empty_ui.engine.search_index.moves == [(IndexSettings(uri=URI), f"root:{SECRET}")])


def test_moving_back_to_this_computer_clears_the_server_settings(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.settings = Settings(
        index=IndexSettings(uri=URI, database="photos", ca_file="/ca.pem", metric="IP")
    )
    dialog = open_dialog(empty_ui)
    dialog.page.on_this_computer.setChecked(True)
    assert not dialog.page.server.isVisible()
    dialog.accept()
    qtbot.waitUntil(lambda: empty_ui.engine.search_index.moves == [(IndexSettings(metric="IP"), "")])
    qtbot.waitUntil(lambda: empty_ui.shell.index_progress.text.startswith("Done: searches now use Milvus Lite"))
