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
from tests.helpers.desktop.folders_dialog import REMOVE, lines, opened, question
from tests.helpers.desktop.window_driver import WindowFixture, button, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_removing_asks_once_says_that_photos_stay_and_does_nothing_on_cancel(qtbot: QtBot, two: WindowFixture) -> None:
    dialog = opened(qtbot, two)
    box = question(dialog)
    assert str(two.engine.roots[0].path) in box.text()
    assert "5 photos" in box.informativeText()
    assert "stay where they are" in box.informativeText()
    assert box.defaultButton().text() == "Cancel"
    QTest.keyClick(box, Qt.Key.Key_Escape)
    qtbot.waitUntil(lambda: dialog.findChild(QMessageBox) is None)
    assert len(two.engine.roots) == 2
    dialog.reject()


def test_a_removed_folder_goes_from_the_list_and_its_photos_from_the_results(
    qtbot: QtBot, two: WindowFixture, photos: Path, other: Path
) -> None:
    drop(two.window, files(other / "green.png"))
    qtbot.waitUntil(lambda: len(two.names) == 6)
    dialog = opened(qtbot, two)
    button(question(dialog), "Remove").click()
    assert lines(dialog)[0][2] == "removing\N{HORIZONTAL ELLIPSIS}"
    assert not button(dialog, REMOVE).isEnabled()
    qtbot.waitUntil(lambda: [line[0] for line in lines(dialog)] == [str(other)])
    assert button(dialog, REMOVE).isEnabled()
    qtbot.waitUntil(lambda: two.names == ["green.png"])
    assert two.shell.status_text.startswith("1 photo ")
    assert len(list(photos.iterdir())) == 5
    assert dialog.isVisible()
    button(question(dialog), "Remove").click()
    qtbot.waitUntil(lambda: lines(dialog) == [])
    assert not button(dialog, REMOVE).isEnabled()
    assert not dialog.page.form.isEnabled()
    dialog.reject()


def test_a_run_is_stopped_for_a_removal_and_goes_on_with_the_other_folders(
    qtbot: QtBot, two: WindowFixture, photos: Path, other: Path
) -> None:
    engine = two.engine
    engine.index_gate.shut()
    two.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: engine.indexed_folders == [(photos, other)])
    two.shell.actions.folders.trigger()
    dialog = two.window.findChild(FoldersDialog)
    assert dialog
    button(question(dialog), "Remove").click()
    qtbot.waitUntil(lambda: engine.indexed_folders == [(photos, other), (other,)])
    assert engine.cancelled_runs == 1
    engine.index_gate.set()
    qtbot.waitUntil(lambda: two.shell.progress.text == "Done: 1 already indexed")
    dialog.reject()


def test_a_removal_and_an_add_that_wait_are_not_cancelled_by_another_removal(
    qtbot: QtBot, two: WindowFixture, tmp_path: Path
) -> None:
    engine = two.engine
    third = tmp_path / "third"
    third.mkdir()
    image("blue").save(str(third / "sky.png"))
    engine.remove_gate.shut()
    dialog = opened(qtbot, two)
    first, second = engine.roots
    two.chooser.folders_chosen.emit((third,))
    dialog.remove_confirmed.emit(first)
    dialog.remove_confirmed.emit(second)
    engine.remove_gate.set()
    wait_until_idle(qtbot, two)
    assert [root.path for root in engine.roots] == [third]
    assert list(engine.photos) == [third / "sky.png"]
    dialog.reject()


def test_the_run_that_goes_on_after_a_removal_is_stopped_for_another_and_goes_on_again(
    qtbot: QtBot, two: WindowFixture, tmp_path: Path
) -> None:
    engine = two.engine
    third = tmp_path / "third"
    third.mkdir()
    two.chooser.folders_chosen.emit((third,))
    qtbot.waitUntil(lambda: len(engine.roots) == 3)
    dialog = opened(qtbot, two)
    engine.index_gate.shut()
    two.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: two.shell.progress.text.startswith("0 of 6"))
    first, second = engine.roots[:2]
    dialog.remove_confirmed.emit(first)
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (second.path, third))
    dialog.remove_confirmed.emit(second)
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (third,))
    engine.index_gate.set()
    wait_until_idle(qtbot, two)
    assert engine.cancelled_runs == 2
    dialog.reject()


def test_a_folder_that_cannot_be_removed_stays_and_the_dialog_says_why(qtbot: QtBot, two: WindowFixture) -> None:
    two.engine.remove_error = LibraryError("The disk is full.")
    dialog = opened(qtbot, two)
    button(question(dialog), "Remove").click()
    qtbot.waitUntil(lambda: dialog.page.error_line.text() == "The disk is full.")
    qtbot.waitUntil(lambda: lines(dialog)[0][2] == "available")
    assert button(dialog, REMOVE).isEnabled()
    dialog.reject()


def test_a_folder_is_added_from_the_dialog_and_what_was_edited_stays(
    qtbot: QtBot, ui: WindowFixture, other: Path
) -> None:
    ui.engine.index_gate.shut()
    dialog = opened(qtbot, ui)
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
    assert [rules for _, rules in dialog.page.settings.rules] == [Rules("*.gif")]
    dialog.reject()
