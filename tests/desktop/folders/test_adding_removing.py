from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import (
    QFileDialog,
    QMessageBox,
)

from core.errors import LibraryError
from core.types import Rules
from desktop.folders.dialog import FoldersDialog
from tests.helpers.desktop.folders_dialog import REMOVE, click_remove, lines, open_dialog
from tests.helpers.desktop.window_driver import WindowFixture, button, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_removing_a_root_asks_for_confirmation_and_cancel_keeps_it(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    dialog = open_dialog(qtbot, two_roots_ui)
    box = click_remove(dialog)
    assert str(two_roots_ui.engine.roots[0].path) in box.text()
    assert "5 photos" in box.informativeText()
    assert "stay where they are" in box.informativeText()
    assert box.defaultButton().text() == "Cancel"
    QTest.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox) is None)
    assert len(two_roots_ui.engine.roots) == 2
    dialog.reject()


def test_a_removed_root_disappears_from_the_list_and_its_photos_from_the_results(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path, other: Path
) -> None:
    drop(two_roots_ui.window, files(other / "green.png"))
    qtbot.waitUntil(lambda: len(two_roots_ui.names) == 6)
    dialog = open_dialog(qtbot, two_roots_ui)
    button(click_remove(dialog), "Remove").click()
    assert lines(dialog)[0][2] == "removing\N{HORIZONTAL ELLIPSIS}"
    assert not button(dialog, REMOVE).isEnabled()
    qtbot.waitUntil(lambda: [line[0] for line in lines(dialog)] == [str(other)])
    assert button(dialog, REMOVE).isEnabled()
    qtbot.waitUntil(lambda: two_roots_ui.names == ["green.png"])
    assert two_roots_ui.shell.status_text == "1 photo"
    assert len(list(photos.iterdir())) == 5
    assert dialog.isVisible()
    button(click_remove(dialog), "Remove").click()
    qtbot.waitUntil(lambda: lines(dialog) == [])
    assert not button(dialog, REMOVE).isEnabled()
    assert not dialog.page.form.isEnabled()
    dialog.reject()


def test_removing_a_root_restarts_the_current_run_with_the_other_roots(
    qtbot: QtBot, two_roots_ui: WindowFixture, photos: Path, other: Path
) -> None:
    engine = two_roots_ui.engine
    engine.index_gate.shut()
    two_roots_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: engine.indexed_folders == [(photos, other)])
    two_roots_ui.shell.actions.folders.trigger()
    dialog = two_roots_ui.window.findChild(FoldersDialog)
    assert dialog
    button(click_remove(dialog), "Remove").click()
    qtbot.waitUntil(lambda: engine.indexed_folders == [(photos, other), (other,)])
    assert engine.cancelled_runs == 1
    engine.index_gate.set()
    qtbot.waitUntil(lambda: two_roots_ui.shell.progress.text == "Done: 1 already indexed")
    dialog.reject()


def test_a_removal_does_not_cancel_a_waiting_removal_or_addition(
    qtbot: QtBot, two_roots_ui: WindowFixture, tmp_path: Path
) -> None:
    engine = two_roots_ui.engine
    third = tmp_path / "third"
    third.mkdir()
    image("blue").save(str(third / "sky.png"))
    engine.remove_gate.shut()
    dialog = open_dialog(qtbot, two_roots_ui)
    first, second = engine.roots
    two_roots_ui.query_input.folders_chosen.emit((third,))
    dialog.remove_confirmed.emit(first)
    dialog.remove_confirmed.emit(second)
    engine.remove_gate.set()
    wait_until_idle(qtbot, two_roots_ui)
    assert [root.path for root in engine.roots] == [third]
    assert list(engine.photos) == [third / "sky.png"]
    dialog.reject()


def test_a_second_removal_restarts_the_run_that_the_first_one_restarted(
    qtbot: QtBot, two_roots_ui: WindowFixture, tmp_path: Path
) -> None:
    engine = two_roots_ui.engine
    third = tmp_path / "third"
    third.mkdir()
    two_roots_ui.query_input.folders_chosen.emit((third,))
    qtbot.waitUntil(lambda: len(engine.roots) == 3)
    dialog = open_dialog(qtbot, two_roots_ui)
    engine.index_gate.shut()
    two_roots_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: two_roots_ui.shell.progress.text.startswith("0 of 6"))
    first, second = engine.roots[:2]
    dialog.remove_confirmed.emit(first)
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (second.path, third))
    dialog.remove_confirmed.emit(second)
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (third,))
    engine.index_gate.set()
    wait_until_idle(qtbot, two_roots_ui)
    assert engine.cancelled_runs == 2
    dialog.reject()


def test_the_dialog_says_why_a_root_cannot_be_removed_and_keeps_it(qtbot: QtBot, two_roots_ui: WindowFixture) -> None:
    two_roots_ui.engine.remove_error = LibraryError("The disk is full.")
    dialog = open_dialog(qtbot, two_roots_ui)
    button(click_remove(dialog), "Remove").click()
    qtbot.waitUntil(lambda: dialog.page.error_line.text() == "The disk is full.")
    qtbot.waitUntil(lambda: lines(dialog)[0][2] == "available")
    assert button(dialog, REMOVE).isEnabled()
    dialog.reject()


def test_adding_a_root_from_the_dialog_keeps_unsaved_changes(qtbot: QtBot, ui: WindowFixture, other: Path) -> None:
    ui.engine.index_gate.shut()
    dialog = open_dialog(qtbot, ui)
    dialog.page.form.exclude.setPlainText("*.gif")
    button(dialog, "Add folder\N{HORIZONTAL ELLIPSIS}").click()
    chooser = dialog.findChild(QFileDialog)
    assert chooser
    chooser.fileSelected.emit(str(other))
    chooser.close()
    qtbot.waitUntil(lambda: [line[0] for line in lines(dialog)][1:] == [str(other)])
    assert dialog.page.form.exclude.toPlainText() == "*.gif"
    ui.engine.index_gate.set()
    qtbot.waitUntil(lambda: lines(dialog)[1][1] == "1 photo")
    assert [rules for _, rules in dialog.page.edited_settings.rules] == [Rules("*.gif")]
    dialog.reject()
