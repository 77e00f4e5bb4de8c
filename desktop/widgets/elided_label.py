"""A line of text that gives way where there is no room for all of it."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QLabel, QWidget

from desktop.widgets.tool_tips import tip

FEWEST = 6


class ElidedLabel(QLabel):
    """Shows as much of its text as fits, and the whole of it as a tool tip where that is not all."""

    def __init__(self, text: str = "", parent: QWidget | None = None) -> None:
        """Show a text, as it is and in one line."""
        super().__init__(parent, textFormat=Qt.TextFormat.PlainText)
        self.setText(text)

    def setText(self, text: str) -> None:
        """Show another text."""
        super().setText(text)
        self._tell_all()

    def minimumSizeHint(self) -> QSize:
        """Return the room for a few characters."""
        full = super().minimumSizeHint()
        return QSize(min(full.width(), FEWEST * self.fontMetrics().averageCharWidth()), full.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Look whether the text fits now."""
        super().resizeEvent(event)
        self._tell_all()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw what fits."""
        self.style().drawItemText(
            QPainter(self),
            self.contentsRect(),
            int(self.alignment() | Qt.TextFlag.TextSingleLine),
            self.palette(),
            self.isEnabled(),
            self._fitting(),
            QPalette.ColorRole.WindowText,
        )

    def _fitting(self) -> str:
        return self.fontMetrics().elidedText(self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width())

    def _tell_all(self) -> None:
        self.setToolTip("" if self._fitting() == self.text() else tip(self.text()))
