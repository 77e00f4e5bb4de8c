"""A line that shows an error next to the field or form that it is about."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent, QColor, QGuiApplication
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.widgets import colours


class ErrorLine(QLabel):
    """Shows an error and announces it to screen readers, or shows a hint. Hidden while there is neither."""

    def __init__(self) -> None:
        super().__init__(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)  # changed in place, to keep height-for-width
        self.setSizePolicy(policy)
        self.hide()

    def show_error(self, text: str) -> None:
        """Show an error message. An empty text hides the line."""
        is_new = text != self.text()
        self._show(text, colours.warning(QGuiApplication.palette()))
        if text and is_new:  # not again for every character that the user types
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))

    def show_hint(self, text: str) -> None:
        """Show what to enter, in a quiet colour and without an announcement."""
        self._show(text, colours.quiet(QGuiApplication.palette()))

    def _show(self, text: str, colour: QColor) -> None:
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, colour)
        self.setPalette(palette)
        self.setText(text)
        self.setVisible(bool(text))
