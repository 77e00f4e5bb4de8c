"""How the user gives folders and pictures: in a dialog, by a drop, or by the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop import dialogs, index_messages, intake, labels, messages, query

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from core.types import RemoteFolder
    from desktop.intake import Intake
    from desktop.window_state import WindowState


class Chooser(QObject):
    """Says which folders are to be added and which picture is to be searched for, however that was chosen."""

    folders_chosen = Signal(object)
    query_chosen = Signal(object)
    trouble = Signal(str)

    def __init__(self, window: QWidget, state: WindowState) -> None:
        """Begin to look where the user was the last time."""
        super().__init__(window)
        self._window, self._state = window, state

    def ask_for_folder(self, parent: QWidget) -> None:
        """Ask for a folder to add, in front of a window or dialog."""
        dialogs.ask_for_folder(parent, labels.tr(labels.CHOOSE_FOLDER_TITLE), self._state.folder, self._choose_folder)

    def ask_for_picture(self) -> None:
        """Ask for a picture to search for."""
        title = labels.tr(labels.CHOOSE_PICTURE_TITLE)
        dialogs.ask_for_file(self._window, title, self._state.picture_folder, self._open_picture)

    def ask_where(self, root: RemoteFolder, choose: Callable[[Path], None]) -> None:
        """Ask where a folder of another computer is on this one."""
        dialogs.ask_for_folder(self._window, index_messages.where_is(root), self._state.folder, choose)

    def choose_picture(self, picture: Path) -> None:
        """Search for a picture."""
        self.query_chosen.emit(query.of_file(picture))

    def paste(self) -> None:
        """Take what is on the clipboard."""
        found = intake.pasted(QGuiApplication.clipboard().mimeData())
        if not found.folders and not found.query:
            self.trouble.emit(messages.nothing_to_paste())
        self.take(found)

    def take(self, found: Intake) -> None:
        """Take what was dropped or pasted."""
        if found.folders:
            self.folders_chosen.emit(found.folders)
        elif found.query:
            self.query_chosen.emit(found.query)

    def _choose_folder(self, folder: Path) -> None:
        self._state.folder = folder
        self.folders_chosen.emit((folder,))

    def _open_picture(self, picture: Path) -> None:
        self._state.picture_folder = picture.parent
        self.choose_picture(picture)
