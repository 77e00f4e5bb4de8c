"""Draws a photo in the grid: the picture with rounded corners, a badge with its score, and its name when pointed at."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QRect, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QBrush, QColor, QFont, QFontMetrics, QPainter, QPen, QPixmap, QPixmapCache
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from desktop.photos.grid_model import BADGE_ROLE, ITEM_ROLE
from desktop.texts import labels
from desktop.widgets import colours

if TYPE_CHECKING:
    from desktop.photos.grid_model import Item

ROUNDING = 8
FRAME = 3
"""The width of the frame round the selected photo, and of the gap between the two."""

BADGE_MARGIN = 6
BADGE_PADDING = 7
SMALL_TEXT = 0.9
ICON_SIDE = 40
SHADE = QColor(0, 0, 0, 165)
"""Behind white text on a photo: dark enough for a contrast of 4.5 even on white."""


class GridDelegate(QStyledItemDelegate):
    """Draws one photo into the place that the grid gives it."""

    def paint(
        self, painter: QPainter, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> None:
        """Draw the picture, or what is shown instead of it, and the texts on it."""
        item: Item = index.data(ITEM_ROLE)
        selected = bool(option.state & QStyle.StateFlag.State_Selected)
        hovered = bool(option.state & QStyle.StateFlag.State_MouseOver)
        painter.save()
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        inset = 2 * FRAME if selected else 0
        area = option.rect.adjusted(inset, inset, -inset, -inset)
        _draw_picture(painter, area, option, index, item)
        if badge := index.data(BADGE_ROLE):
            _draw_badge(painter, area, option.font, badge, Qt.Corner.BottomRightCorner)
        if selected or hovered:
            _draw_badge(painter, area, option.font, str(index.data()), Qt.Corner.TopLeftCorner)
        if selected:
            _draw_frame(painter, option)
        painter.restore()


def _draw_picture(
    painter: QPainter,
    area: QRect,
    option: QStyleOptionViewItem,
    index: QModelIndex | QPersistentModelIndex,
    item: Item,
) -> None:
    pixmap = index.data(Qt.ItemDataRole.DecorationRole)
    if isinstance(pixmap, QPixmap) and not pixmap.isNull():
        painter.drawPixmap(area.topLeft(), _rounded(pixmap, area.size(), painter.device().devicePixelRatioF()))
        return
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(colours.blank(option.palette))
    painter.drawRoundedRect(area, ROUNDING, ROUNDING)
    painter.setPen(colours.quiet(option.palette))
    text = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
    if item.remote:
        icon = option.widget.style().standardIcon(QStyle.StandardPixmap.SP_DriveNetIcon)
        symbol = QRect(QPoint(), QSize(ICON_SIDE, ICON_SIDE))
        symbol.moveCenter(area.center() - QPoint(0, option.fontMetrics.height()))
        icon.paint(painter, symbol)
        below = area.adjusted(0, symbol.bottom() - area.top(), 0, 0)
        painter.drawText(below, Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap, labels.tr(labels.NOT_HERE))
    elif isinstance(pixmap, QPixmap):
        painter.drawText(area, text, labels.tr(labels.NOT_SHOWN))


def _rounded(pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
    """Return the middle of a picture in this size, with rounded corners. The last ones are kept."""
    key = f"{pixmap.cacheKey()} {size.width()} {size.height()} {ratio}"
    kept = QPixmap()
    if QPixmapCache.find(key, kept):
        return kept
    tile = QPixmap((QSizeF(size) * ratio).toSize())
    tile.fill(Qt.GlobalColor.transparent)
    area = QRectF(QRect(QPoint(), tile.size()))
    painter = QPainter(tile)
    painter.setRenderHints(QPainter.RenderHint.Antialiasing)
    scaled = pixmap.scaled(
        tile.size(), Qt.AspectRatioMode.KeepAspectRatioByExpanding, Qt.TransformationMode.SmoothTransformation
    )
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QBrush(scaled))
    painter.setBrushOrigin(QPoint(tile.width() - scaled.width(), tile.height() - scaled.height()) / 2)
    painter.drawRoundedRect(area, ROUNDING * ratio, ROUNDING * ratio)
    painter.end()
    tile.setDevicePixelRatio(ratio)
    QPixmapCache.insert(key, tile)
    return tile


def _draw_badge(painter: QPainter, area: QRect, font: QFont, text: str, corner: Qt.Corner) -> None:
    """Draw a text on a dark ground in a corner of the picture, shortened to its width."""
    small = QFont(font)
    small.setPointSizeF(font.pointSizeF() * SMALL_TEXT)
    metrics = QFontMetrics(small)
    room = area.width() - 2 * (BADGE_MARGIN + BADGE_PADDING)
    shown = metrics.elidedText(text, Qt.TextElideMode.ElideMiddle, room)
    badge = QRect(0, 0, metrics.horizontalAdvance(shown) + 2 * BADGE_PADDING, metrics.height() + BADGE_PADDING // 2)
    inside = area.adjusted(BADGE_MARGIN, BADGE_MARGIN, -BADGE_MARGIN, -BADGE_MARGIN)
    if corner is Qt.Corner.TopLeftCorner:
        badge.moveTopLeft(inside.topLeft())
    else:
        badge.moveBottomRight(inside.bottomRight())
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(SHADE)
    painter.drawRoundedRect(badge, badge.height() / 2, badge.height() / 2)
    painter.setFont(small)
    painter.setPen(Qt.GlobalColor.white)
    painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, shown)


def _draw_frame(painter: QPainter, option: QStyleOptionViewItem) -> None:
    painter.setPen(QPen(colours.accent(option.palette), FRAME))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    half = FRAME / 2
    painter.drawRoundedRect(QRectF(option.rect).adjusted(half, half, -half, -half), ROUNDING + half, ROUNDING + half)
