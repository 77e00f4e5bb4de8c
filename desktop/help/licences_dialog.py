"""The dialog with the licences of the libraries in the program."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontDatabase
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QListWidget, QPlainTextEdit, QSplitter, QVBoxLayout

from desktop.texts import labels
from desktop.widgets.screen_fit import fitting

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SIZE = (940, 600)
LIST_WIDTH = 240
OVERVIEW = "README.txt"


class LicencesDialog(QDialog):
    """Shows a list of libraries, and the licence of the one that is selected. Show it with `open`, not `exec`."""

    def __init__(self, parent: QWidget, folder: Path) -> None:
        """`folder` is what `packaging/licences.py` writes: a table of all libraries, and a folder for each."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(labels.tr(labels.LICENCES_TITLE))
        libraries = sorted((entry for entry in folder.iterdir() if entry.is_dir()), key=lambda each: each.name.lower())
        self._sources = [folder / OVERVIEW, *libraries]
        self.list = QListWidget()
        self.list.setAccessibleName(labels.tr(labels.LIBRARIES))
        self.list.setSpacing(1)
        self.list.addItem(labels.tr(labels.ALL_LIBRARIES))
        self.list.addItems([library.name for library in libraries])
        self.text = QPlainTextEdit(readOnly=True)
        self.text.setAccessibleName(labels.tr(labels.LICENCE_TEXT))
        self.text.setFont(QFontDatabase.systemFont(QFontDatabase.SystemFont.FixedFont))
        self.text.setTabChangesFocus(True)
        selectable = Qt.TextInteractionFlag.TextSelectableByKeyboard | Qt.TextInteractionFlag.TextSelectableByMouse
        self.text.setTextInteractionFlags(selectable)
        parts = QSplitter()
        parts.setChildrenCollapsible(False)
        parts.addWidget(self.list)
        parts.addWidget(self.text)
        parts.setSizes([LIST_WIDTH, SIZE[0] - LIST_WIDTH])
        parts.setStretchFactor(1, 1)
        buttons = QDialogButtonBox()
        close = buttons.addButton(labels.tr(labels.CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(parts)
        column.addWidget(buttons)
        self.resize(fitting(self, SIZE))
        self.list.currentRowChanged.connect(self._show)
        self.list.setCurrentRow(0)
        self.list.setFocus()

    def _show(self, row: int) -> None:
        self.text.setPlainText(licence_text(self._sources[row]))


def licence_text(source: Path) -> str:
    """Return the text of a file, or of all files in a folder, with their names if there are several."""
    if source.is_file():
        return source.read_text(encoding="utf-8", errors="replace")
    # A number before the name tells files of the same name apart.
    files = sorted(source.iterdir(), key=lambda file: (len(file.name), file.name))
    texts = {file.name: file.read_text(encoding="utf-8", errors="replace") for file in files}
    if len(texts) == 1:
        return "".join(texts.values())
    return "\n\n".join(f"{name}\n{'=' * len(name)}\n\n{text.strip()}\n" for name, text in texts.items())


def frozen_licences() -> Path | None:
    """Return the folder with the licences in the frozen program, or None if there is none."""
    program = Path(sys.executable).parent
    folder = (program.parent / "Resources" if sys.platform == "darwin" else program) / "licences"
    return folder if getattr(sys, "frozen", False) and folder.is_dir() else None
