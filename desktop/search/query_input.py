"""Lets the user choose a picture to search with, or folders to add: in a dialog, by dropping or by pasting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QMimeDatabase, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage

from desktop.paths import to_path
from desktop.search import query
from desktop.texts import labels, messages
from desktop.widgets import file_dialogs

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from desktop.search.query import Query
    from desktop.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class DroppedContent:
    """Folders to add, a query to search with, or nothing usable. If the data has both, only the folders are kept."""

    folders: tuple[Path, ...] = ()
    query: Query | None = None


class QueryInput(QObject):
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
        return accepts(mime)

    def drop(self, mime: QMimeData) -> None:
        """Emit the folders or the query that was dropped."""
        self._emit(from_drop(mime))

    def _ask_for_picture(self) -> None:
        title = labels.tr(labels.CHOOSE_PICTURE_TITLE)
        file_dialogs.ask_for_file(self._shell.window, title, self._state.picture_folder, self._open_picture)

    def _paste(self) -> None:
        pasted = from_paste(QGuiApplication.clipboard().mimeData())
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


def accepts(mime: QMimeData) -> bool:
    """Return whether a drag may contain a picture or a folder.

    Only the types are checked, because reading the data of a drag can be slow.
    """
    return mime.hasImage() or any(url.isLocalFile() for url in mime.urls())


def from_drop(mime: QMimeData) -> DroppedContent:
    """Return the folders or the query of a drop.

    Files are preferred to an image in the same data, because that image is often only the icon of the file.
    """
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _from_paths(paths)
    return _from_image(mime, labels.tr(labels.DROPPED_PICTURE))


def from_paste(mime: QMimeData) -> DroppedContent:
    """Return the folders or the query of a paste. Pasted text may also be the path of a file or folder."""
    paths = [path for url in mime.urls() if (path := to_path(url))]
    if paths:
        return _from_paths(paths)
    if mime.hasImage():
        return _from_image(mime, labels.tr(labels.PASTED_PICTURE))
    path = existing_path(mime.text())
    return _from_paths([path]) if path else DroppedContent()


def existing_path(text: str) -> Path | None:
    """Return the path that a text contains, or None if no such file or folder exists.

    The text is an absolute path or a `file:` URL, with or without quotes.
    """
    text = text.strip().strip("\"'")
    try:
        path = to_path(QUrl(text)) if text.startswith("file:") else Path(text).expanduser()
        return path if path and path.is_absolute() and path.exists() else None
    except (OSError, ValueError, RuntimeError):  # too long, contains NUL, or names the home of an unknown user
        return None


def _from_paths(paths: list[Path]) -> DroppedContent:
    folders = tuple(path for path in paths if path.is_dir())
    if folders:
        return DroppedContent(folders=folders)
    types = QMimeDatabase()
    by_name = QMimeDatabase.MatchMode.MatchExtension
    pictures = (path for path in paths if types.mimeTypeForFile(path.name, by_name).name().startswith("image/"))
    return DroppedContent(query=query.of_file(next(pictures, paths[0])))


def _from_image(mime: QMimeData, name: str) -> DroppedContent:
    image = mime.imageData()
    if not isinstance(image, QImage) or image.isNull():
        return DroppedContent()
    return DroppedContent(query=query.of_image(image, name))
