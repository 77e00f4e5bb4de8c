from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel, QLineEdit, QMenu

from core.library.settings import IndexSettings, Settings
from desktop.help.about_dialog import AboutDialog
from desktop.help.licences_dialog import LicencesDialog, frozen_licences
from tests.helpers.desktop.window_driver import WindowFixture, activate, drop, files, only

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def choose(ui: WindowFixture, text: str) -> None:
    """Choose an entry of the last menu, which must be the Help menu."""
    menu = [menu for menu in ui.window.menuBar().findChildren(QMenu) if menu.title()][-1]
    assert menu.title() == "&Help"
    next(action for action in menu.actions() if text in action.text()).trigger()


@pytest.fixture
def licences(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return the folder with the licences of a frozen program with two libraries."""
    folder = tmp_path / "licences"
    for name, content in (
        ("README.txt", b"beta 1.0: MIT"),
        ("beta/LICENSE", b"Permission is granted to Jos\xe9"),
        ("Alpha/LICENSE", b"first"),
        ("Alpha/2-LICENSE", b"second"),
        ("Alpha/10-LICENSE", b"third"),
    ):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    monkeypatch.setattr(sys, "executable", str(tmp_path / "semblance"))
    return folder


def test_licences_are_with_the_resources_of_the_program_on_macos(
    licences: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert frozen_licences() == licences
    monkeypatch.setattr(sys, "platform", "darwin")
    assert frozen_licences() is None
    resources = licences.parent.with_name("Resources")
    (resources / "licences").mkdir(parents=True)
    assert frozen_licences() == resources / "licences"


def test_about_shows_the_version_the_licence_the_library_and_what_it_is_searched_with(empty_ui: WindowFixture) -> None:
    choose(empty_ui, "About")
    dialog = only(empty_ui.window, AboutDialog)
    values = [field.text() for field in dialog.findChildren(QLineEdit)]
    library = str(empty_ui.engine.library.absolute())
    assert values == ["1.2.3", "Apache License 2.0", library, "fake", "Milvus Lite"]
    assert "Semblance" in [label.text() for label in dialog.findChildren(QLabel)]


def test_about_shows_the_server_without_its_password(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> None:
    empty_ui.engine.search_index.settings = Settings(index=IndexSettings(uri="http://root:secret@milvus.example:19530"))
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: empty_ui.shell.status_text.startswith("5 photos"))
    choose(empty_ui, "About")
    dialog = only(empty_ui.window, AboutDialog)
    assert [field.text() for field in dialog.findChildren(QLineEdit)][-1] == "http://milvus.example:19530"


def test_licences_are_chosen_with_the_keyboard(qtbot: QtBot, empty_ui: WindowFixture, licences: Path) -> None:
    choose(empty_ui, "Licences")
    dialog = only(empty_ui.window, LicencesDialog)
    activate(qtbot, dialog)
    qtbot.waitUntil(dialog.list.hasFocus)
    texts = [dialog.text.toPlainText()]
    for _ in range(2):
        QTest.keyClick(dialog.list, Qt.Key.Key_Down)
        texts.append(dialog.text.toPlainText())
    assert [dialog.list.item(row).text() for row in range(dialog.list.count())] == ["All libraries", "Alpha", "beta"]
    assert texts[0] == "beta 1.0: MIT"
    assert texts[1].split() == [
        *("LICENSE", "=======", "first"),
        *("2-LICENSE", "=========", "second"),
        *("10-LICENSE", "==========", "third"),
    ]
    assert texts[2] == "Permission is granted to Jos\N{REPLACEMENT CHARACTER}"


def test_licence_texts_can_be_selected_but_not_changed(qtbot: QtBot, empty_ui: WindowFixture, licences: Path) -> None:
    choose(empty_ui, "Licences")
    dialog = only(empty_ui.window, LicencesDialog)
    activate(qtbot, dialog)
    dialog.text.setFocus()
    QTest.keyClick(dialog.text, Qt.Key.Key_X)
    QTest.keyClick(dialog.text, Qt.Key.Key_Right, Qt.KeyboardModifier.ShiftModifier)
    assert dialog.text.toPlainText() == "beta 1.0: MIT"
    assert dialog.text.textCursor().selectedText() == "b"


def test_escape_closes_the_licences(qtbot: QtBot, empty_ui: WindowFixture, licences: Path) -> None:
    choose(empty_ui, "Licences")
    dialog = only(empty_ui.window, LicencesDialog)
    activate(qtbot, dialog)
    with qtbot.waitSignal(dialog.rejected):
        QTest.keyClick(dialog.list, Qt.Key.Key_Escape)


def test_a_program_without_licences_says_where_they_come_from(empty_ui: WindowFixture) -> None:
    choose(empty_ui, "Licences")
    assert not empty_ui.window.findChildren(LicencesDialog)
    assert "packaging/licences.py" in empty_ui.shell.banner.text
