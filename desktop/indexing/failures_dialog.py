"""A list of the photos that could not be read, to look at and to copy."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.texts import labels, messages

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Failure

SIZE = (760, 420)


class FailuresDialog(QDialog):
    """Shows a line for each photo: its path and the reason. To be opened, not executed."""

    def __init__(self, parent: QWidget, failures: Sequence[Failure]) -> None:
        """List these photos."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(labels.tr(labels.FAILURES_TITLE))
        self._list = QPlainTextEdit("\n".join(messages.failure(failure) for failure in failures), readOnly=True)
        self._list.setLineWrapMode(QPlainTextEdit.LineWrapMode.NoWrap)
        self._list.setTabChangesFocus(True)
        self._list.setAccessibleName(labels.tr(labels.FAILURES_TITLE))
        buttons = QDialogButtonBox()
        self.copy_button = buttons.addButton(labels.tr(labels.COPY_LIST), QDialogButtonBox.ButtonRole.ActionRole)
        self.copy_button.clicked.connect(self._copy)
        close = buttons.addButton(labels.tr(labels.CLOSE), QDialogButtonBox.ButtonRole.RejectRole)
        close.setDefault(True)
        buttons.rejected.connect(self.reject)
        column = QVBoxLayout(self)
        column.addWidget(self._list)
        column.addWidget(buttons)
        self.resize(*SIZE)

    @property
    def text(self) -> str:
        """Return the list."""
        return self._list.toPlainText()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
