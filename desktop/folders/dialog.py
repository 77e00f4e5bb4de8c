"""The dialog for folders and indexing settings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QMessageBox

from desktop.folders.page import FoldersPage
from desktop.texts import folder_messages, labels
from desktop.widgets.page_dialog import PageDialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from core.library.settings import IndexingSettings
    from core.reports import RootStatus
    from core.types import Root


class FoldersDialog(PageDialog):
    """Shows the folders and settings. Show it with `open`, not `exec`.

    The OK button emits `settings_confirmed` with the `EditedSettings`. The dialog stays open until `accept` is called.
    Folders are added and removed at once: `add_requested` asks for a folder to add, `remove_confirmed` comes with the
    root to remove.
    """

    settings_confirmed = Signal(object)
    add_requested = Signal()
    remove_confirmed = Signal(object)

    def __init__(self, parent: QWidget, folders: Sequence[RootStatus], indexing: IndexingSettings) -> None:
        page = FoldersPage(indexing)
        page.show_folders(folders)
        super().__init__(parent, labels.tr(labels.FOLDERS_TITLE), page, labels.tr(labels.OK))
        self.page = page
        page.add_button.clicked.connect(self.add_requested)
        page.remove_requested.connect(self._ask_to_remove)
        page.edited.connect(self.make_room)
        self.confirmed.connect(self._confirm)

    def show_error(self, text: str) -> None:
        """Show why an action failed, and let the user try again."""
        self.page.error_line.show_error(text)
        self.enable_confirming()

    def show_rules_error(self, root: Root, text: str) -> None:
        """Show why the rules of a folder cannot be saved, and let the user correct them."""
        self.enable_confirming()
        self.page.show_rules_error(root.uuid, text)

    def enable_confirming(self) -> None:
        """Enable the OK button again after saving failed."""
        self.confirm_button.setEnabled(True)
        self.make_room()

    def _confirm(self) -> None:
        self.page.error_line.show_error("")
        self.confirm_button.setEnabled(False)
        self.settings_confirmed.emit(self.page.edited_settings)

    def _ask_to_remove(self, folder: RootStatus) -> None:
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(folder_messages.remove(folder))
        question.setInformativeText(folder_messages.removal_effect(folder))
        remove = question.addButton(labels.tr(labels.REMOVE), QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(labels.tr(labels.CANCEL), QMessageBox.ButtonRole.RejectRole))
        remove.clicked.connect(lambda: self._remove(folder.root))
        question.open()

    def _remove(self, root: Root) -> None:
        self.page.show_removing(root.uuid, removing=True)
        self.remove_confirmed.emit(root)
