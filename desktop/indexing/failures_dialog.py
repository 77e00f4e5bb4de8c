"""A dialog that lists the photos that could not be read or whose end is missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QPlainTextEdit, QVBoxLayout, QWidget

from desktop.texts import labels, messages
from desktop.widgets.screen_fit import fitting

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Failure

SIZE = (760, 420)


class FailuresDialog(QDialog):
    """Shows the path and the reason for each photo, as text to copy. Show the dialog with `open`, not `exec`."""

    def __init__(self, parent: QWidget, failures: Sequence[Failure]) -> None:
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
        self.resize(fitting(self, SIZE))

    @property
    def text(self) -> str:
        """Return the list as text, one photo a line."""
        return self._list.toPlainText()

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.text)
