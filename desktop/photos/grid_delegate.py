"""Draws a photo in the grid: a tile with its thumbnail, name, score and the word for the score."""

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
    """Draws one hit. All hits have the same size."""

    def cell_size(self, metrics: QFontMetrics) -> QSize:
        """Return the smallest size that a hit fits into."""
        text = 2 * metrics.height() + LINE_GAP
        return QSize(SIDE + 2 * (PADDING + GAP), SIDE + 3 * PADDING + text + 2 * GAP)

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the tile with the thumbnail and the text."""
        hit: Hit = index.data(HIT_ROLE)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        tile = option.rect.adjusted(GAP, GAP, -GAP, -GAP)
        _draw_tile(painter, tile, option.palette, option.state)
        inside = tile.adjusted(PADDING, PADDING, -PADDING, -PADDING)
        picture = QRect(inside.topLeft(), QSize(inside.width(), SIDE))
        if hit.remote:
            _draw_remote_icon(painter, picture, option)
        else:
            _draw_thumbnail(painter, picture, option, index)
        text = inside.adjusted(0, SIDE + PADDING, 0, 0)
        _draw_text(painter, text, option, str(index.data()), hit)
        painter.restore()

    def sizeHint(self, option: QStyleOptionViewItem, _: QModelIndex | QPersistentModelIndex) -> QSize:
        """Return the size of every hit: the grid's cell size, which may be larger than `cell_size`."""
        view = option.widget
        return view.gridSize() if isinstance(view, QListView) else self.cell_size(option.fontMetrics)


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


def _draw_remote_icon(painter: QPainter, area: QRect, option: QStyleOptionViewItem) -> None:
    icon = option.widget.style().standardIcon(QStyle.StandardPixmap.SP_DriveNetIcon)
    line_height = option.fontMetrics.height()
    symbol = QRect(0, 0, ICON_SIDE, ICON_SIDE)
    symbol.moveCenter(area.center() - QPoint(0, line_height))
    icon.paint(painter, symbol)
    painter.setPen(colours.quiet(option.palette))
    text = area.adjusted(0, symbol.bottom() + LINE_GAP - area.top(), 0, 0)
    painter.drawText(text, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, labels.tr(labels.NOT_HERE))


def _draw_thumbnail(
    painter: QPainter, area: QRect, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
) -> None:
    pixmap = index.data(Qt.ItemDataRole.DecorationRole)
    if not isinstance(pixmap, QPixmap):
        return
    if pixmap.isNull():
        painter.setPen(colours.quiet(option.palette))
        painter.drawText(area, Qt.AlignmentFlag.AlignCenter, labels.tr(labels.NOT_SHOWN))
        return
    size = pixmap.deviceIndependentSize()
    corner = QPointF(area.center()) - QPointF((size.width() - 1) / 2, (size.height() - 1) / 2)
    painter.drawPixmap(corner.toPoint(), pixmap)


def _draw_text(painter: QPainter, area: QRect, option: QStyleOptionViewItem, name: str, hit: Hit) -> None:
    metrics = option.fontMetrics
    centre = Qt.AlignmentFlag.AlignHCenter | Qt.AlignmentFlag.AlignTop
    painter.setPen(option.palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(area, centre, metrics.elidedText(name, Qt.TextElideMode.ElideMiddle, area.width()))
    score, label = messages.score(hit), messages.closeness(hit)
    bold = QFont(option.font)
    bold.setBold(True)
    space = metrics.horizontalAdvance("  ")
    widths = QFontMetrics(bold).horizontalAdvance(score), metrics.horizontalAdvance(label)
    line = area.adjusted((area.width() - sum(widths) - space) // 2, metrics.height() + LINE_GAP, 0, 0)
    painter.setFont(bold)
    painter.drawText(line, Qt.AlignmentFlag.AlignTop, score)
    painter.setFont(option.font)
    painter.setPen(colours.quiet(option.palette))
    painter.drawText(line.adjusted(widths[0] + space, 0, 0, 0), Qt.AlignmentFlag.AlignTop, label)
