from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import QObject, Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel, QLineEdit, QPushButton, QRadioButton

from core.library.settings import IndexSettings, Settings
from desktop.main_window import MainWindow
from desktop.settings.dialog import SettingsDialog
from desktop.settings.server_address import address_error, normalise
from desktop.shell.window_state import WindowState
from tests.helpers.desktop.settings_dialog import URI, fill_in, open_dialog
from tests.helpers.desktop.window_driver import WindowFixture, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from desktop.tasks import Tasks


def visible_texts(dialog: SettingsDialog) -> list[str]:
    return [label.text() for label in dialog.findChildren(QLabel) if label.isVisible()]


@pytest.mark.parametrize(
    "address",
    [
        "milvus",
        "milvus:19530",
        "ftp://milvus:19530",
        "http://milvus",
        "http://:19530",
        "http://milvus:port",
        "http://milvus:99999",
        "http://milvus:19530/path",
        "http://mil vus:19530",
        "http://[::1:19530",
        "http://root:secret@milvus:19530",
        "",
    ],
)
def test_an_invalid_address_is_reported_and_cannot_be_used(qtbot: QtBot, empty_ui: WindowFixture, address: str) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    assert dialog.confirm_button.isEnabled()
    dialog.page.server.address.setText(address)
    assert not dialog.confirm_button.isEnabled()
    assert not dialog.page.test.button.isEnabled()
    assert address_error(normalise(address)) in visible_texts(dialog)
    assert dialog.page.server.address.accessibleDescription() == address_error(normalise(address))
    dialog.reject()


def test_the_dialog_shows_the_current_settings_but_no_secret(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    empty_ui.engine.search_index.settings = Settings(
        index=IndexSettings(
            uri="http://root:secret@milvus.example:19530",
            database="photos",
            ca_file="/ca.pem",
            type="HNSW,M=32,ef=256",
            metric="L2",
        )
    )
    dialog = open_dialog(empty_ui)
    page = dialog.page
    assert page.on_server.isChecked()
    assert page.server.address.text() == URI
    assert (page.server.database.text(), page.server.certificates.text()) == ("photos", "/ca.pem")
    assert page.form.type_box.currentText() == "HNSW"
    assert [box.value() for box in page.form.spin_boxes()] == [32, 200, 256]
    assert page.form.metric_box.currentText() == "L2"
    assert all("secret" not in field.text() for field in dialog.findChildren(QLineEdit))
    assert page.server.password.echoMode() is QLineEdit.EchoMode.Password
    assert page.server.key.echoMode() is QLineEdit.EchoMode.Password
    dialog.accept()
    wait_until_idle(qtbot, empty_ui)
    assert empty_ui.engine.search_index.moves == []


def test_an_api_key_or_nothing_can_replace_the_password(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog, user="", password="")
    assert dialog.page.chosen_index.token == ""
    server = dialog.page.server
    server.sign_in.setCurrentIndex(1)
    assert (server.key.isVisible(), server.password.isVisible()) == (True, False)
    server.key.setText(" abc123 ")
    assert dialog.page.chosen_index.token == "abc123"
    dialog.reject()


@pytest.mark.parametrize(("user", "password"), [("root", ""), ("", "x"), ("a:b", "x")])
def test_an_incomplete_sign_in_is_reported_and_cannot_be_used(
    qtbot: QtBot, empty_ui: WindowFixture, user: str, password: str
) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog, user=user, password=password)
    assert not dialog.confirm_button.isEnabled()
    assert dialog.page.server.user.accessibleDescription() in visible_texts(dialog)
    assert dialog.page.server.user.accessibleDescription()
    dialog.reject()


def test_parameters_depend_on_the_index_type_and_limit_each_other(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    form = open_dialog(empty_ui).page.form
    assert form.spin_boxes() == []
    form.type_box.setCurrentText("IVF_FLAT")
    nlist, nprobe = form.spin_boxes()
    assert (nlist.accessibleName(), nprobe.accessibleName()) == ("nlist", "nprobe")
    nlist.setValue(32)
    assert nprobe.value() == 32
    assert form.index == "IVF_FLAT,nlist=32,nprobe=32"
    form.type_box.setCurrentText("FLAT")
    assert (form.index, form.spin_boxes()) == ("FLAT", [])
    form.type_box.setCurrentIndex(0)
    assert form.index == ""


def test_a_certificate_file_can_be_chosen_with_the_file_dialog(
    qtbot: QtBot, empty_ui: WindowFixture, tmp_path: Path
) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    browse = next(button for button in dialog.findChildren(QPushButton) if "Browse" in button.text().replace("&", ""))
    QTest.mouseClick(browse, Qt.MouseButton.LeftButton)
    chooser = dialog.findChild(QFileDialog)
    assert chooser
    chooser.fileSelected.emit(str(tmp_path / "ca.pem"))
    chooser.close()
    assert dialog.page.chosen_index.index.ca_file == str(tmp_path / "ca.pem")
    dialog.reject()


def test_escape_closes_the_dialog_and_changes_nothing(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: empty_ui.window.findChild(SettingsDialog) is None)
    assert empty_ui.engine.search_index.moves == []


def test_the_tab_key_moves_through_the_fields_from_top_to_bottom(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.page.form.type_box.setCurrentText("HNSW")
    dialog.activateWindow()
    qtbot.waitUntil(dialog.isActiveWindow)
    dialog.page.on_server.setFocus()
    places = []
    for _ in range(14):
        widget = QApplication.focusWidget()
        assert widget
        places.append(widget.mapTo(dialog, widget.rect().topLeft()).y())
        if not isinstance(widget, QRadioButton | QPushButton):
            named = widget.accessibleName() or any(label.buddy() is widget for label in dialog.findChildren(QLabel))
            assert named
        QTest.keyClick(widget, Qt.Key.Key_Tab)
    assert places == sorted(places)
    dialog.reject()


def test_a_small_dialog_scrolls_its_page_without_cutting_it_off(qtbot: QtBot, empty_ui: WindowFixture) -> None:
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    dialog.resize(1, 1)
    qtbot.waitUntil(lambda: dialog.height() < 300)
    assert dialog.page.visibleRegion().boundingRect().width() >= dialog.page.minimumSizeHint().width()
    assert dialog.confirm_button.isVisible()
    dialog.reject()


def test_the_settings_are_disabled_until_the_library_is_open(qtbot: QtBot, tasks: Tasks, tmp_path: Path) -> None:
    window = MainWindow(WindowState(tmp_path))
    qtbot.addWidget(window)
    assert not window.shell.actions.settings.isEnabled()


def test_an_error_in_the_form_is_announced_once_and_a_missing_address_is_not(
    qtbot: QtBot, empty_ui: WindowFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[QObject] = []
    monkeypatch.setattr(QAccessible, "updateAccessibility", partial(_note, announced))
    dialog = open_dialog(empty_ui)
    fill_in(dialog)
    announced.clear()
    dialog.page.server.address.clear()
    assert announced == []
    for text in ("m", "mi", "mil"):
        dialog.page.server.address.setText(text)
    assert [line.text() for line in announced if isinstance(line, QLabel)] == [address_error("mil")]
    dialog.reject()


def _note(announced: list[QObject], event: QAccessibleEvent) -> None:
    announced.append(event.object())
