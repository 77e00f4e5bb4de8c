"""Save the layout of the window between starts, in a file in the library."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QByteArray, QFileInfo, QSettings, QStandardPaths

if TYPE_CHECKING:
    from PySide6.QtWidgets import QMainWindow, QSplitter

FILE_NAME = "window.ini"
GEOMETRY = "geometry"
SPLITTER = "splitter"
FOLDER = "folder"
PICTURE_FOLDER = "picture_folder"
ROW_HEIGHT = "row_height"
THEME = "theme"


class WindowState:
    """Saves and restores the layout of the window, its theme, the size of photos, and the folders last used."""

    def __init__(self, library: Path) -> None:
        self._settings = QSettings(str(library / FILE_NAME), QSettings.Format.IniFormat)

    def restore_window(self, window: QMainWindow) -> None:
        """Give the window its saved size and position."""
        value = self._settings.value(GEOMETRY)
        if isinstance(value, QByteArray):
            window.restoreGeometry(value)

    def save_window(self, window: QMainWindow) -> None:
        """Save the size and position of the window."""
        self._settings.setValue(GEOMETRY, window.saveGeometry())
        self._settings.sync()

    def restore_splitter(self, splitter: QSplitter) -> None:
        """Give the splitter its saved position."""
        value = self._settings.value(SPLITTER)
        if isinstance(value, QByteArray):
            splitter.restoreState(value)

    def save_splitter(self, splitter: QSplitter) -> None:
        """Save the position of the splitter."""
        self._settings.setValue(SPLITTER, splitter.saveState())
        self._settings.sync()

    @property
    def row_height(self) -> int:
        """Return the saved height of lines of photos in pixels, or 0."""
        value = str(self._settings.value(ROW_HEIGHT, ""))
        return int(value) if value.isdecimal() else 0

    @row_height.setter
    def row_height(self, height: int) -> None:
        self._settings.setValue(ROW_HEIGHT, height)

    @property
    def theme(self) -> str:
        """Return the name of the theme that the user has chosen, or an empty text."""
        return str(self._settings.value(THEME, ""))

    @theme.setter
    def theme(self, theme: str) -> None:
        self._settings.setValue(THEME, str(theme))

    @property
    def folder(self) -> Path:
        """Return the folder in which the dialog for adding a folder opens."""
        return self._folder(FOLDER)

    @folder.setter
    def folder(self, folder: Path) -> None:
        self._settings.setValue(FOLDER, str(folder))

    @property
    def picture_folder(self) -> Path:
        """Return the folder in which the dialog for opening a picture opens."""
        return self._folder(PICTURE_FOLDER)

    @picture_folder.setter
    def picture_folder(self, folder: Path) -> None:
        self._settings.setValue(PICTURE_FOLDER, str(folder))

    def _folder(self, name: str) -> Path:
        """Return the folder last used, or the user's folder for pictures if that folder is gone."""
        pictures = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.PicturesLocation)
        folder = str(self._settings.value(name, pictures))
        return Path(folder if QFileInfo(folder).isDir() else pictures)
