"""How a photo looks in the grid: the picture on a tile, its name, its score and the word for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QPointF, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette, QPen, QPixmap
from PySide6.QtWidgets import QListView, QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.photos.grid_model import HIT_ROLE
from desktop.photos.thumbnails import SIDE
from desktop.texts import labels, messages
from desktop.widgets import colours

if TYPE_CHECKING:
    from core.types import Hit

GAP = 5
PADDING = 10
ROUNDING = 10
LINE_GAP = 4
ICON_SIDE = 48


class GridDelegate(QStyledItemDelegate):
    """Draws one result. All are of one size, which `cell` gives."""

    def cell(self, metrics: QFontMetrics) -> QSize:
        """Return the smallest place that a result fits into."""
        text = 2 * metrics.height() + LINE_GAP
        return QSize(SIDE + 2 * (PADDING + GAP), SIDE + 3 * PADDING + text + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the tile and what is on it."""
        hit: Hit = index.data(HIT_ROLE)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        tile = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        _draw_tile(painter, tile, option.palette, option.state)
        inside = tile.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        place = QRect(inside.topLeft(), QSize(inside.width(), SIDE))
        if hit.remote:
            _draw_absence(painter, place, option)
        else:
            _draw_picture(painter, place, option, index)
        text = inside.adjusted(0, SIDE + PADDING, 0, 0)
        _draw_text(painter, text, option, str(index.data()), hit)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, _: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of every result: all that the grid has for it."""
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else self.cell(option.fontMetrics)


def _draw_tile(painter: QPainter, tile: QRect, palette: QPalette, state: QStyle.StateFlag) -> None:
    ground, line, width = colours.tile(palette), colours.edge(palette), 1
    accent = colours.accent(palette)
    if state & QStyle.StateFlag.State_MouseOver:
        line = colours.mix(line, accent, 0.6)
    if state & QStyle.StateFlag.State_Selected:
        ground, line, width = colours.mix(ground, accent, 0.18), accent, 2
    painter.setPen(QPen(line, width))
    painter.setBrush(ground)
    painter.drawRoundedRect(QRectF(tile).adjusted(0.5, 0.5, -0.5, -0.5), ROUNDING, ROUNDING)


def _draw_absence(painter: QPainter, place: QRect, option: QStyleOptionViewItem) -> None:
    icon = option.widget.style().standardIcon(QStyle.StandardPixmap.SP_DriveNetIcon)
    text = option.fontMetrics.height()
    symbol = QRect(0, 0, ICON_SIDE, ICON_SIDE)
    symbol.moveCenter(place.center() - QPoint(0, text))
    icon.paint(painter, symbol)
    painter.setPen(colours.quiet(option.palette))
    words = place.adjusted(0, symbol.bottom() + LINE_GAP - place.top(), 0, 0)
    painter.drawText(words, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, labels.tr(labels.NOT_HERE))


def _draw_picture(
    painter: QPainter, place: QRect, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
) -> None:
    pixmap = index.data(Qt.ItemDataRole.DecorationRole)
    if not isinstance(pixmap, QPixmap):
        return
    if pixmap.isNull():
        painter.setPen(colours.quiet(option.palette))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, labels.tr(labels.NOT_SHOWN))
        return
    size = pixmap.deviceIndependentSize()
    corner = QPointF(place.center()) - QPointF((size.width() - 1) / 2, (size.height() - 1) / 2)
    painter.drawPixmap(corner.toPoint(), pixmap)


def _draw_text(painter: QPainter, place: QRect, option: QStyleOptionViewItem, name: str, hit: Hit) -> None:
    metrics = option.fontMetrics
    centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    painter.setPen(option.palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(place, centre, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, place.width()))
    score, word = messages.score(hit.score), messages.closeness(hit)
    strong = QFont(option.font)
    strong.setBold(True)
    space = metrics.horizontalAdvance("  ")
    widths = QFontMetrics(strong).horizontalAdvance(score), metrics.horizontalAdvance(word)
    line = place.adjusted((place.width() - sum(widths) - space) // 2, metrics.height() + LINE_GAP, 0, 0)
    painter.setFont(strong)
    painter.drawText(line, Qt.AlignmentFlag.AlignTop, score)
    painter.setFont(option.font)
    painter.setPen(colours.quiet(option.palette))
    painter.drawText(line.adjusted(widths[0] + space, 0, 0, 0), Qt.AlignmentFlag.AlignTop, word)
