from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.errors import VectorIndexError
from core.library.settings import IndexSettings
from desktop.settings.dialog import SettingsDialog
from tests.helpers.desktop.settings_dialog import SECRET, URI, fill_in, opened

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.window_driver import WindowFixture


def test_a_server_is_tested_with_what_is_in_the_fields_and_answers_in_words(
    qtbot: QtBot, empty_ui: WindowFixture
) -> None:
    dialog = opened(empty_ui)
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


def test_a_test_that_fails_says_why_in_the_dialog(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.test_error = VectorIndexError("The server refused the password. Check it.")
    dialog = opened(empty_ui)
    fill_in(dialog)
    dialog.page.test.button.click()
    qtbot.waitUntil(lambda: dialog.page.test.result == "The server refused the password. Check it.")
    assert not empty_ui.shell.banner.isVisible()
    dialog.reject()


@pytest.mark.parametrize("how", ["button", "edit", "close"])
def test_a_test_is_cancelled_by_its_button_by_an_edit_and_with_the_dialog(
    qtbot: QtBot, empty_ui: WindowFixture, how: str
) -> None:
    empty_ui.engine.search_index.test_gate.shut()
    dialog = opened(empty_ui)
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
