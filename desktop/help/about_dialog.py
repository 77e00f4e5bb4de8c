"""The dialog that says what Semblance is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QGuiApplication, QIcon, QPalette
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QVBoxLayout

from desktop.paths import shown
from desktop.texts import labels, messages
from desktop.widgets.placeholder import ICON

if TYPE_CHECKING:
    from pathlib import Path

    from PySide6.QtWidgets import QWidget

    from core.reports import LibraryStatus

ICON_SIDE = 72
MIN_WIDTH = 540
NAME_SCALE = 1.6


class AboutDialog(QDialog):
    """Shows the name, version and licence of the program, where the library is, and what it is searched with.

    Show it with `open`, not `exec`.
    """

    def __init__(self, parent: QWidget, library: Path, status: LibraryStatus | None) -> None:
        """`status` is None if the library is not open."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(labels.tr(labels.ABOUT_TITLE))
        self.setMinimumWidth(MIN_WIDTH)
        buttons = QDialogButtonBox()
        close = buttons.addButton(labels.tr(labels.CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.setContentsMargins(20, 20, 20, 12)
        column.setSpacing(16)
        column.addLayout(self._name_and_purpose())
        column.addLayout(_facts(library, status))
        column.addWidget(buttons)
        close.setFocus()

    def _name_and_purpose(self) -> QHBoxLayout:
        icon = QLabel()
        icon.setPixmap(QIcon(str(ICON)).pixmap(QSize(ICON_SIDE, ICON_SIDE), self.devicePixelRatioF()))
        name = QLabel(QGuiApplication.applicationDisplayName())
        font = name.font()
        font.setPointSizeF(font.pointSizeF() * NAME_SCALE)
        font.setBold(True)
        name.setFont(font)
        texts = QVBoxLayout()
        texts.addStretch()
        texts.addWidget(name)
        texts.addWidget(QLabel(labels.tr(labels.PURPOSE), wordWrap=True))
        texts.addStretch()
        row = QHBoxLayout()
        row.setSpacing(16)
        row.addWidget(icon)
        row.addLayout(texts, stretch=1)
        return row


def _facts(library: Path, status: LibraryStatus | None) -> QFormLayout:
    facts = {
        labels.VERSION: QGuiApplication.applicationVersion(),
        labels.LICENCE: labels.tr(labels.LICENCE_NAME),
        labels.LIBRARY_FOLDER: shown(library.absolute()),
    }
    if status:
        facts |= {labels.MODEL: status.model, labels.INDEX_AT: messages.back_end(status.uri)}
    form = QFormLayout()
    form.setVerticalSpacing(6)
    for label, value in facts.items():
        form.addRow(labels.tr(label), _copyable(value))
    return form


def _copyable(text: str) -> QLineEdit:
    """Return a text to select and copy. In contrast to a label, it may be longer than the dialog is wide."""
    field = QLineEdit(text, readOnly=True)
    field.setFrame(False)
    palette = field.palette()
    palette.setBrush(QPalette.ColorRole.Base, palette.window())
    field.setPalette(palette)
    field.setCursorPosition(0)
    return field
