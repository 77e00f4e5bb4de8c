"""Dialogs that ask for a folder or a file.

They do not block the event loop: `choose` is called with the path once the user has chosen one. They begin in the home
folder if the folder to begin in does not exist.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QDir, QFileInfo, Qt
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence


def ask_for_folder(parent: QWidget, title: str, start: Path, choose: Callable[[Path], None]) -> None:
    """Ask for a folder, beginning in the folder `start`."""
    dialog = _dialog(parent, title, start, choose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()


def ask_for_file(
    parent: QWidget, title: str, start: Path, choose: Callable[[Path], None], filters: Sequence[str] = ()
) -> None:
    """Ask for a file, beginning in the folder `start`.

    Each of the `filters` is a name with patterns in brackets. The first one applies until the user chooses another.
    """
    dialog = _dialog(parent, title, start, choose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    if filters:
        dialog.setOption(QFileDialog.Option.HideNameFilterDetails)  # or the list of patterns hides the name
        dialog.setNameFilters(filters)
    dialog.open()


def patterns(extensions: Collection[str]) -> str:
    """Return the patterns of a filter for files with these lower-case extensions, also written in upper case."""
    return " ".join(f"*{form}" for extension in sorted(extensions) for form in (extension, extension.upper()))


def _dialog(parent: QWidget, title: str, start: Path, choose: Callable[[Path], None]) -> QFileDialog:
    folder = str(start) if QFileInfo(start).isDir() else QDir.homePath()
    dialog = QFileDialog(parent, title, folder)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda file: choose(Path(file)))
    return dialog
