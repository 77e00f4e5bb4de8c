"""Lets the user choose a picture to search with, or folders to add: in a dialog, by dropping or by pasting."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QMimeData, QObject, QUrl, Signal
from PySide6.QtGui import QGuiApplication, QImage

from desktop.paths import to_path
from desktop.search import query
from desktop.texts import labels, messages
from desktop.widgets import file_dialogs

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtWidgets import QWidget

    from desktop.engine_port import EnginePort
    from desktop.search.query import Query
    from desktop.shell.shell import Shell


@dataclass(frozen=True, slots=True)
class DroppedContent:
    """Folders to add and a query to search with. Without either, `refusal` tells the user why.

    `pictures` is the number of pictures in the data. The query is the first of them.
    """

    folders: tuple[Path, ...] = ()
    query: Query | None = None
    pictures: int = 0
    refusal: str = ""


class QueryInput(QObject):
    """Emits the folders that the user wants to add, or the query to search with. It is the window's drop target.

    `folders_chosen` comes with a tuple of paths, `query_chosen` with a `Query`.
    """

    folders_chosen = Signal(object)
    query_chosen = Signal(object)

    def __init__(self, engine: EnginePort, shell: Shell) -> None:
        super().__init__(shell)
        self._engine, self._shell, self._state = engine, shell, shell.window_state
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
        """Emit the folders and the query that were dropped, or say why nothing can be done with the data."""
        self._emit(from_drop(mime, self._engine.picture_extensions))

    def _ask_for_picture(self) -> None:
        title, folder = labels.tr(labels.CHOOSE_PICTURE_TITLE), self._state.picture_folder
        patterns = file_dialogs.patterns(self._engine.picture_extensions)
        filters = (f"{labels.tr(labels.PICTURES)} ({patterns})", f"{labels.tr(labels.ALL_FILES)} (*)")
        file_dialogs.ask_for_file(self._shell.window, title, folder, self._open_picture, filters)

    def _paste(self) -> None:
        self._emit(from_paste(QGuiApplication.clipboard().mimeData(), self._engine.picture_extensions))

    def _emit(self, content: DroppedContent) -> None:
        banner = self._shell.banner
        if content.refusal:
            banner.show_hint(content.refusal)
        if content.folders:
            self.folders_chosen.emit(content.folders)
        if content.query:
            self.query_chosen.emit(content.query)
            if content.pictures > 1 and banner.isHidden():  # otherwise it says why there is no search yet
                banner.show_hint(messages.first_of(content.pictures))

    def _choose_folder(self, folder: Path) -> None:
        self._state.folder = folder
        self.folders_chosen.emit((folder,))

    def _open_picture(self, picture: Path) -> None:
        self._state.picture_folder = picture.parent
        self.query_chosen.emit(query.of_file(picture))


def accepts(mime: QMimeData) -> bool:
    """Return whether a drag may contain a picture, a folder, or the path of one.

    Only the types are checked, because reading the data of a drag can be slow.
    """
    return mime.hasImage() or mime.hasUrls() or mime.hasText()


def from_drop(mime: QMimeData, picture_extensions: Collection[str]) -> DroppedContent:
    """Return the folders and the query of a drop. Dropped text may also be the path of a file or folder."""
    return _content(mime, picture_extensions, labels.tr(labels.DROPPED_PICTURE), messages.nothing_to_drop())


def from_paste(mime: QMimeData, picture_extensions: Collection[str]) -> DroppedContent:
    """Return the folders and the query of a paste. Pasted text may also be the path of a file or folder."""
    return _content(mime, picture_extensions, labels.tr(labels.PASTED_PICTURE), messages.nothing_to_paste())


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


def _content(mime: QMimeData, picture_extensions: Collection[str], name: str, refusal: str) -> DroppedContent:
    """Return what the data contains. `name` is for a picture in memory, and `refusal` for data of other kinds.

    Files are preferred to an image in the same data, because that image is often only the icon of the file.
    """
    urls, text = mime.urls(), mime.text().strip()
    if paths := [path for url in urls if (path := to_path(url))]:
        return _from_paths(paths, picture_extensions)
    image = mime.imageData() if mime.hasImage() else None
    if isinstance(image, QImage) and not image.isNull():
        return DroppedContent(query=query.of_image(image, name), pictures=1)
    if path := existing_path(text):
        return _from_paths([path], picture_extensions)
    for candidate in (*(url.toString(QUrl.ComponentFormattingOption.FullyEncoded) for url in urls), text):
        if _is_web_address(candidate):
            return DroppedContent(query=query.of_address(candidate), pictures=1)
    if text:
        refusal = messages.no_path()
    return DroppedContent(refusal=refusal)


def _from_paths(paths: list[Path], picture_extensions: Collection[str]) -> DroppedContent:
    folders = tuple(path for path in paths if path.is_dir())
    files = [path for path in paths if path not in folders]
    pictures = [path for path in files if path.suffix.lower() in picture_extensions]
    if not folders:
        pictures = pictures or files  # the engine says why it cannot read such a file
    return DroppedContent(folders, query.of_file(pictures[0]) if pictures else None, len(pictures))


def _is_web_address(text: str) -> bool:
    return QUrl(text).scheme().lower() in {"http", "https"}
