from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication

from desktop.failures_dialog import FailuresDialog
from tests.desktop.harness import Desk, drop, files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def dialogs(desk: Desk) -> list[FailuresDialog]:
    return desk.window.findChildren(FailuresDialog)


def test_photos_that_could_not_be_read_are_listed_with_the_reasons_and_can_be_copied(
    qtbot: QtBot, empty_desk: Desk, photos: Path
) -> None:
    broken = [photos / f"broken {number:02}.png" for number in range(20)]
    for path in broken:
        path.write_bytes(b"broken")
    drop(empty_desk.window, files(photos))
    action = empty_desk.window.commands.failures
    qtbot.waitUntil(action.isEnabled)

    action.trigger()

    qtbot.waitUntil(lambda: any(dialog.isVisible() for dialog in dialogs(empty_desk)))
    (dialog,) = dialogs(empty_desk)
    assert dialog.text.splitlines() == [f"{path}: It is damaged." for path in broken]
    dialog.copy_button.click()
    assert QApplication.clipboard().text() == dialog.text
    dialog.reject()
    qtbot.waitUntil(lambda: dialogs(empty_desk) == [])


def test_there_is_no_list_where_every_photo_could_be_read(desk: Desk) -> None:
    assert not desk.window.commands.failures.isEnabled()
