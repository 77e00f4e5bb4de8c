"""A sentence that says what is wrong with what was given."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QLabel, QSizePolicy

from desktop.widgets import colours


class ErrorLine(QLabel):
    """Hidden until there is trouble, which is then also read out."""

    def __init__(self) -> None:
        """Start hidden."""
        super().__init__(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        policy = self.sizePolicy()
        policy.setHorizontalPolicy(QSizePolicy.Policy.Expanding)  # and still as high as its words need
        self.setSizePolicy(policy)
        palette = self.palette()
        palette.setColor(palette.ColorRole.WindowText, colours.warning(palette))
        self.setPalette(palette)
        self.hide()

    def tell(self, text: str) -> None:
        """Show what is wrong; nothing where all is well."""
        self.setText(text)
        self.setVisible(bool(text))
        if text:
            QAccessible.updateAccessibility(QAccessibleEvent(self, QAccessible.Event.Alert))
