"""The overlay that covers the window during a drag."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.widgets import colours

MARGIN = 12
ROUNDING = 16
LINE = 3
TITLE_SCALE = 1.4


class DropOverlay(QWidget):
    """Shows that a drop is accepted anywhere in the window, and what it does."""

    def __init__(self, covered: QWidget) -> None:
        super().__init__(covered)
        self._covered = covered
        self._text = ""
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    @property
    def text(self) -> str:
        """Return the text that says what the drop does."""
        return self._text

    def cover(self, text: str) -> None:
        """Cover the widget completely. The text says what the drop does."""
        self._text = text
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a translucent background, a dashed frame and the text."""
        palette = self.palette()
        accent, window = colours.accent(palette), palette.window().color()
        background = colours.mix(window, accent, 0.12)
        background.setAlphaF(0.96)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), background)
        painter.setPen(QPen(accent, LINE, Qt.PenStyle.DashLine))
        frame = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.drawRoundedRect(QRectF(frame), ROUNDING, ROUNDING)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * TITLE_SCALE)
        painter.setFont(font)
        painter.setPen(palette.windowText().color())
        text = frame.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)
