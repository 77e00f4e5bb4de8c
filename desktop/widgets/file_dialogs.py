"""Dialogs that ask for a folder or a file.

They do not block the event loop: `choose` is called with the path once the user has chosen one.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QWidget

if TYPE_CHECKING:
    from collections.abc import Callable


def ask_for_folder(parent: QWidget, title: str, start: Path, choose: Callable[[Path], None]) -> None:
    """Ask for a folder, beginning in the folder `start`."""
    dialog = _dialog(parent, title, start, choose)
    dialog.setFileMode(QFileDialog.FileMode.Directory)
    dialog.setOption(QFileDialog.Option.ShowDirsOnly)
    dialog.open()


def ask_for_file(parent: QWidget, title: str, start: Path, choose: Callable[[Path], None]) -> None:
    """Ask for a file, beginning in the folder `start`. There is no filter, as the engine reads more formats than Qt."""
    dialog = _dialog(parent, title, start, choose)
    dialog.setFileMode(QFileDialog.FileMode.ExistingFile)
    dialog.open()


def _dialog(parent: QWidget, title: str, start: Path, choose: Callable[[Path], None]) -> QFileDialog:
    dialog = QFileDialog(parent, title, str(start))
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.fileSelected.connect(lambda file: choose(Path(file)))
    return dialog
