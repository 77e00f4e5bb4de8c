"""What tests do in the dialog about folders and indexing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMessageBox

from desktop.folders.dialog import FoldersDialog
from tests.helpers.desktop.window_driver import WindowFixture, button, wait_until_idle

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot

    from core.types import Root

REMOVE = "Remove folder\N{HORIZONTAL ELLIPSIS}"


def opened(qtbot: QtBot, ui: WindowFixture) -> FoldersDialog:
    ui.shell.actions.folders.trigger()
    dialog = ui.window.findChild(FoldersDialog)
    assert dialog
    wait_until_idle(qtbot, ui)
    return dialog


def closed(qtbot: QtBot, ui: WindowFixture) -> None:
    qtbot.waitUntil(lambda: ui.window.findChild(FoldersDialog) is None)
    wait_until_idle(qtbot, ui)


def lines(dialog: FoldersDialog) -> list[tuple[str, ...]]:
    tree = dialog.page.folders
    items = [tree.topLevelItem(row) for row in range(tree.topLevelItemCount())]
    return [tuple(item.text(column) for column in range(3)) for item in items if item]


def choose(dialog: FoldersDialog, root: Root) -> None:
    dialog.page.folders.select(root.uuid)


def question(dialog: FoldersDialog) -> QMessageBox:
    button(dialog, REMOVE).click()
    box = dialog.findChild(QMessageBox)
    assert box
    return box
