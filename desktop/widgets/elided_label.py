"""A label that shortens its text to the space available."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.tool_tips import tip

MIN_CHARACTERS = 6


class ElidedLabel(QLabel):
    """Shows plain text on one line, shortened with an ellipsis if it does not fit. The tool tip then has it all."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        super().__init__(parent, textFormat=Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Set the text, and the tool tip if the text does not fit."""
        super().setText(text)
        self._update_tool_tip()

    def minimumSizeHint(self) -> QSize:
        """Return the size that a few characters need."""
        full = super().minimumSizeHint()
        return QSize(min(full.width(), MIN_CHARACTERS * self.fontMetrics().averageCharWidth()), full.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Update the tool tip: the text may fit now, or no longer."""
        super().resizeEvent(event)
        self._update_tool_tip()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw as much of the text as fits."""
        self.style().drawItemText(
            QPainter(self),
            self.contentsRect(),
            int(self.alignment() | Qt.TextFlag.TextSingleLine),
            self.palette(),
            self.isEnabled(),
            self._elided_text(),
            QPalette.ColorRole.WindowText,
        )

    def _elided_text(self) -> str:
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def _update_tool_tip(self) -> None:
        self.setToolTip("" if self._elided_text() == self.text() else tip(self.text()))
