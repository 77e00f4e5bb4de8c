"""A square tile with the query picture."""

from __future__ import annotations

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from desktop.texts import labels
from desktop.widgets import colours

ROUNDING = 10
PADDING = 10
MIN_SIDE = 140


class QueryPicture(QWidget):
    """Shows a picture, or a text while there is none."""

    def __init__(self) -> None:
        super().__init__()
        self._pixmap = QPixmap()
        self._text = ""
        self.setAccessibleName(labels.tr(labels.QUERY))
        policy = QSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Preferred)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)

    @property
    def pixmap(self) -> QPixmap:
        """Return the picture, or a null pixmap if none is shown."""
        return self._pixmap

    def show_pixmap(self, pixmap: QPixmap) -> None:
        """Show a picture instead of the text or the last picture."""
        self._pixmap = pixmap
        self.update()

    def show_text(self, text: str) -> None:
        """Show a text instead of the picture."""
        self._pixmap = QPixmap()
        self._text = text
        self.update()

    def minimumSizeHint(self) -> QSize:
        """Return the smallest size at which the picture is useful."""
        return QSize(MIN_SIDE, MIN_SIDE)

    def sizeHint(self) -> QSize:
        """Return the preferred size. The layout makes the tile larger."""
        return QSize(MIN_SIDE, MIN_SIDE)

    def heightForWidth(self, width: int) -> int:
        """Return the width, because the tile is square."""
        return width

    def paintEvent(self, _: QPaintEvent) -> None:
        """Draw the tile with the picture or the text."""
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
        target = QRectF(0, 0, size.width(), size.height())
        target.moveCenter(QRectF(inside).center())
        painter.drawPixmap(target, self._pixmap, QRectF(self._pixmap.rect()))
