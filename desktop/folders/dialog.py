"""Folders and indexing, to look at and to change."""

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
    """Emits `chosen` with what is to be taken over, and stays open until that is done. To be opened, not executed.

    Folders are added (`add_asked`) and removed (`removed`, with the root) at once.
    """

    chosen = Signal(object)
    add_asked = Signal()
    removed = Signal(object)

    def __init__(self, parent: QWidget, folders: Sequence[RootStatus], indexing: IndexingSettings) -> None:
        """Show what is in force."""
        page = FoldersPage(indexing)
        page.show_folders(folders)
        super().__init__(parent, labels.tr(labels.FOLDERS_TITLE), page, labels.tr(labels.OK))
        self.page = page
        page.add_button.clicked.connect(self.add_asked)
        page.remove_asked.connect(self._ask_to_remove)
        page.edited.connect(self.make_room)
        self.confirmed.connect(self._choose)

    def show_trouble(self, text: str) -> None:
        """Show why something could not be done, and let the user try again."""
        self.page.trouble.tell(text)
        self.wait_for_user()

    def show_trouble_with(self, root: Root, text: str) -> None:
        """Show why the rules of a folder cannot be taken over, and let the user mend them."""
        self.wait_for_user()
        self.page.show_trouble(root.uuid, text)

    def wait_for_user(self) -> None:
        """Take another choice."""
        self.confirm_button.setEnabled(True)
        self.make_room()

    def _choose(self) -> None:
        self.page.trouble.tell("")
        self.confirm_button.setEnabled(False)
        self.chosen.emit(self.page.choice)

    def _ask_to_remove(self, folder: RootStatus) -> None:
        question = QMessageBox(self)
        question.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        question.setIcon(QMessageBox.Icon.Question)
        question.setTextFormat(Qt.TextFormat.PlainText)
        question.setText(folder_messages.remove(folder))
        question.setInformativeText(folder_messages.what_removing_does(folder))
        remove = question.addButton(labels.tr(labels.REMOVE), QMessageBox.ButtonRole.AcceptRole)
        question.setDefaultButton(question.addButton(labels.tr(labels.CANCEL), QMessageBox.ButtonRole.RejectRole))
        remove.clicked.connect(lambda: self._remove(folder.root))
        question.open()

    def _remove(self, root: Root) -> None:
        self.page.show_removing(root.uuid, removing=True)
        self.removed.emit(root)
