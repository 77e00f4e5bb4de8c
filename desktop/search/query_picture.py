"""A square tile for the picture searched for."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.texts import labels
from desktop.widgets import colours

ROUNDING = 10
PADDING = 10
SMALLEST = 140


class QueryPicture(QWidget):
    """Shows a picture, or a text in its place."""

    def __init__(self) -> None:
        """Start empty."""
        super().__init__()
        self._pixmap = QPixmap()
        self._text = ""
        self.setAccessibleName(labels.tr(labels.QUERY))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def pixmap(self) -> QPixmap:
        """Return the picture, or a null one."""
        return self._pixmap

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """Show a picture."""
        self._pixmap = pixmap
        self.update()

    def show_text(self, text: str) -> None:
        """Show a text and no picture."""
        self._pixmap = QPixmap()
        self._text = text
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the smallest useful size."""
        return QSize(SMALLEST, SMALLEST)

    def sizeHint(self) -> QSize:
        """Return a size to begin with."""
        return QSize(SMALLEST, SMALLEST)

    def heightForWidth(self, width: int) -> int:
        """Return the height of a square."""
        return width

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the tile and what is on it."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        empty = self._pixmap.isNull()
        line = Qt.PenStyle.DashLine if empty else Qt.PenStyle.SolidLine
        painter.setPen(QPen(colours.edge(self.palette()), 1.5 if empty else 1, line))
        painter.setBrush(Qt.BrushStyle.NoBrush if empty else colours.tile(self.palette()))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(1, 1, -1, -1), ROUNDING, ROUNDING)
        inside = self.rect().adjusted(PADDING, PADDING, -PADDING, -PADDING)
        if empty:
            painter.setPen(colours.quiet(self.palette()))
            painter.drawText(inside, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, self._text)
            return
        size = self._pixmap.size().scaled(inside.size(), Qt.AspectRatioMode.KeepAspectRatio)
        place = QRectF(0, 0, size.width(), size.height())
        place.moveCenter(QRectF(inside).center())
        painter.drawPixmap(place, self._pixmap, QRectF(self._pixmap.rect()))
