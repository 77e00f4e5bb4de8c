"""What lies over the window while something is dragged over it."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from desktop.texts import labels
from desktop.widgets import colours

MARGIN = 12
ROUNDING = 16
LINE = 3
TITLE_SCALE = 1.4


class DropOverlay(QWidget):
    """Shows that the whole window takes the drop."""

    def __init__(self, covered: QWidget) -> None:
        """Start hidden, over a widget."""
        super().__init__(covered)
        self._covered = covered
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.hide()

    def cover(self) -> None:
        """Show it over all of the widget."""
        self.setGeometry(self._covered.rect())
        self.raise_()
        self.show()

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw a veil, a frame and the text."""
        palette = self.palette()
        accent, window = colours.accent(palette), palette.window().color()
        veil = colours.mix(window, accent, 0.12)
        veil.setAlphaF(0.96)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.fillRect(self.rect(), veil)
        painter.setPen(QPen(accent, LINE, Qt.PenStyle.DashLine))
        frame = self.rect().adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.drawRoundedRect(QRectF(frame), ROUNDING, ROUNDING)
        font = painter.font()
        font.setPointSizeF(font.pointSizeF() * TITLE_SCALE)
        painter.setFont(font)
        painter.setPen(palette.windowText().color())
        text = frame.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)
        painter.drawText(text, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, labels.tr(labels.DROP))
