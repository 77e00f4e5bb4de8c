from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.errors import VectorIndexError
from core.library.settings import IndexSettings
from desktop.settings.dialog import SettingsDialog
from tests.helpers.desktop.settings_dialog import SECRET, URI, fill_in, open_dialog

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.window_driver import WindowFixture


def test_the_connection_test_uses_the_fields_and_shows_the_answer(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.page.server.database.setText("photos")
    empty_ui.engine.search_index.test_gate.shut()
    empty_ui.engine.search_index.photos_on_server = 12_000
    test = dialog.page.test
    QTest.mouseClick(test.button, Qt.MouseButton.LeftButton)
    assert test.is_busy
    qtbot.waitUntil(
        lambda: empty_ui.engine.search_index.tests == [(IndexSettings(uri=URI, database="photos"), f"root:{SECRET}")]
    )
    empty_ui.engine.search_index.test_gate.set()
    qtbot.waitUntil(
        lambda: test.result == "Milvus 2.3.5 answered in 4 ms. It has 12,000 photos indexed with this model."
    )
    assert not test.is_busy
    empty_ui.engine.search_index.photos_on_server = None
    test.button.click()
    qtbot.waitUntil(
        lambda: test.result == "Milvus 2.3.5 answered in 4 ms. It has no photos indexed with this model yet."
    )
    dialog.page.server.address.setText("http://other:19530")
    assert test.result == ""
    dialog.reject()


def test_a_failed_connection_test_shows_the_reason_in_the_dialog(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.test_error = VectorIndexError("The server refused the password. Check it.")
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.page.test.button.click()
    qtbot.waitUntil(lambda: dialog.page.test.result == "The server refused the password. Check it.")
    assert not empty_ui.shell.banner.isVisible()
    dialog.reject()


@pytest.mark.parametrize("how", ["button", "edit", "close"])
def test_the_button_an_edit_and_closing_the_dialog_cancel_the_connection_test(
    qtbot: QtBot, empty_ui: WindowFixture, how: str
) -> None:
    empty_ui.engine.search_index.test_gate.shut()
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    test = dialog.page.test
    test.button.click()
    qtbot.waitUntil(lambda: bool(empty_ui.engine.search_index.tests))
    match how:
        case "button":
            test.button.click()
        case "edit":
            dialog.page.server.user.setText("other")
        case _:
            dialog.reject()
    qtbot.waitUntil(lambda: empty_ui.engine.search_index.cancelled_tests == 1)
    if how != "close":
        assert not test.is_busy
        dialog.reject()
    qtbot.waitUntil(lambda: empty_ui.window.findChild(SettingsDialog) is None)
