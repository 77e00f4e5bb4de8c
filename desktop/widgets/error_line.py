"""A line that shows an error next to the field or form that it is about."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.widgets import colours


class ErrorLine(QLabel):
    """Shows an error and announces it to screen readers. Hidden while there is none."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)  # changed in place, to keep height-for-width
        self.setSizePolicy(policy)
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, colours.warning(palette))
        self.setPalette(palette)
        self.hide()

    def show_error(self, text: str) -> None:
        """Show an error message. An empty text hides the line."""
        self.setText(text)
        self.setVisible(bool(text))
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
