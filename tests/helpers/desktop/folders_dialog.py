"""Test actions in the folders dialog."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from desktop.folders.dialog import FoldersDialog
from tests.helpers.desktop.window_driver import WindowFixture, button, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from core.types import Root

REMOVE = "Remove folder\N{HORIZONTAL ELLIPSIS}"


def open_dialog(qtbot: QtBot, ui: WindowFixture) -> FoldersDialog:
    ui.shell.actions.folders.trigger()
    dialog = ui.window.findChild(FoldersDialog)
    assert dialog
    wait_until_idle(qtbot, ui)
    return dialog


def wait_until_closed(qtbot: QtBot, ui: WindowFixture) -> None:
    qtbot.waitUntil(lambda: ui.window.findChild(FoldersDialog) is None)
    wait_until_idle(qtbot, ui)


def lines(dialog: FoldersDialog) -> list[tuple[str, ...]]:
    tree = dialog.page.folders
    items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [tuple(item.text(column) for column in range(3)) for item in items if item]


def select_root(dialog: FoldersDialog, root: Root) -> None:
    dialog.page.folders.select(root.uuid)


def click_remove(dialog: FoldersDialog) -> QMessageBox:
    """Click the button and return the message box that asks for confirmation."""
    button(dialog, REMOVE).click()
    box = dialog.findChild(QMessageBox)
    assert box
    return box
