"""Lets the user choose folders and query pictures: in a dialog, by dropping or by pasting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication

from desktop.search import dropped, query
from desktop.texts import labels, messages
from desktop.widgets import file_dialogs

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QWidget

    from desktop.search.dropped import DroppedContent
    from desktop.shell.shell import Shell


class Chooser(QObject):
    """Emits the folders that the user wants to add, or the query to search with. It is the window's drop target.

    `folders_chosen` comes with a tuple of paths, `query_chosen` with a `Query`.
    """

    folders_chosen = Signal(object)
    query_chosen = Signal(object)

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell)
        self._shell, self._state = shell, shell.window_state
        actions = shell.actions
        actions.add_folder.triggered.connect(lambda: self.ask_for_folder(shell.window))
        actions.open_picture.triggered.connect(self._ask_for_picture)
        actions.paste.triggered.connect(self._paste)
        shell.set_drop_target(self)

    def ask_for_folder(self, parent: QWidget) -> None:
        """Ask for a folder to add. `parent` is the window or dialog to open the file dialog over."""
        file_dialogs.ask_for_folder(
            parent, labels.tr(labels.CHOOSE_FOLDER_TITLE), self._state.folder, self._choose_folder
        )

    def accepts(self, mime: QMimeData) -> bool:
        """Return whether a drag may contain a picture or a folder."""
        return dropped.accepts(mime)

    def drop(self, mime: QMimeData) -> None:
        """Emit the folders or the query that was dropped."""
        self._emit(dropped.from_drop(mime))

    def _ask_for_picture(self) -> None:
        title = labels.tr(labels.CHOOSE_PICTURE_TITLE)
        file_dialogs.ask_for_file(self._shell.window, title, self._state.picture_folder, self._open_picture)

    def _paste(self) -> None:
        pasted = dropped.from_paste(QGuiApplication.clipboard().mimeData())
        if not pasted.folders and not pasted.query:
            self._shell.banner.show_message(messages.nothing_to_paste())
        self._emit(pasted)

    def _emit(self, content: DroppedContent) -> None:
        if content.folders:
            self.folders_chosen.emit(content.folders)
        elif content.query:
            self.query_chosen.emit(content.query)

    def _choose_folder(self, folder: Path) -> None:
        self._state.folder = folder
        self.folders_chosen.emit((folder,))

    def _open_picture(self, picture: Path) -> None:
        self._state.picture_folder = picture.parent
        self.query_chosen.emit(query.of_file(picture))
