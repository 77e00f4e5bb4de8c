"""Draws the heading of a group of photos: its name, the number of photos, and an arrow if it can be folded away."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale, QRect, Qt
from PySide6.QtGui import QFont, QFontMetrics, QPainter, QPalette
from PySide6.QtWidgets import QStyle, QStyleOption

from desktop.widgets import colours

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

    from desktop.photos.grid_model import Section

PADDING = 8
ARROW_SIDE = 12


def height(metrics: QFontMetrics) -> int:
    """Return the height of a heading in pixels."""
    return metrics.height() + 2 * PADDING


def draw(painter: QPainter, area: QRect, widget: QWidget, section: Section) -> None:
    """Draw a heading into an area."""
    painter.save()
    palette = widget.palette()
    line = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft
    x = area.left()
    if section.can_fold:
        _draw_arrow(painter, QRect(x, area.center().y() - ARROW_SIDE // 2, ARROW_SIDE, ARROW_SIDE), widget, section)
        x += ARROW_SIDE + PADDING
    bold = QFont(widget.font())
    bold.setBold(True)
    painter.setFont(bold)
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(area.adjusted(x - area.left(), 0, 0, 0), line, section.title)
    x += QFontMetrics(bold).horizontalAdvance(section.title) + PADDING
    painter.setFont(widget.font())
    painter.setPen(colours.quiet(palette))
    painter.drawText(area.adjusted(x - area.left(), 0, 0, 0), line, QLocale().toString(section.count))
    painter.restore()


def _draw_arrow(painter: QPainter, area: QRect, widget: QWidget, section: Section) -> None:
    option = QStyleOption()
    option.initFrom(widget)
    option.rect = area
    arrow = QStyle.PrimitiveElement.PE_IndicatorArrowRight
    if not section.is_folded:
        arrow = QStyle.PrimitiveElement.PE_IndicatorArrowDown
    widget.style().drawPrimitive(arrow, option, painter, widget)
