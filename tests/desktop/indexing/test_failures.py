from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.indexing.failures_dialog import FailuresDialog
from tests.helpers.desktop.window_driver import WindowFixture, drop, files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def dialogs(ui: WindowFixture) -> list[FailuresDialog]:
    return ui.window.findChildren(FailuresDialog)


def test_unreadable_photos_are_listed_with_reasons_and_the_list_can_be_copied(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    broken = [photos / f"broken {number:02}.png" for number in range(20)]
    for path in broken:
        path.write_bytes(b"broken")
    drop(empty_ui.window, files(photos))
    action = empty_ui.shell.actions.failures
    qtbot.waitUntil(action.isEnabled)

    action.trigger()

    qtbot.waitUntil(lambda: any(dialog.isVisible() for dialog in dialogs(empty_ui)))
    (dialog,) = dialogs(empty_ui)
    assert dialog.text.splitlines() == [f"{path}: It is damaged." for path in broken]
    dialog.copy_button.click()
    assert QApplication.clipboard().text() == dialog.text
    dialog.reject()
    qtbot.waitUntil(lambda: dialogs(empty_ui) == [])


def test_photos_whose_end_is_missing_can_be_listed(qtbot: QtBot, ui: WindowFixture) -> None:
    ui.engine.incomplete = 1
    ui.shell.actions.update_library.trigger()

    qtbot.waitUntil(ui.shell.actions.failures.isEnabled)


def test_the_list_of_failures_is_disabled_if_every_photo_could_be_read(ui: WindowFixture) -> None:
    assert not ui.shell.actions.failures.isEnabled()
