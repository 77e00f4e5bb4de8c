"""Draws a picture, the outline of a part of it, and the texts on it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QRect, QRectF, Qt
from PySide6.QtGui import QPainter, QPalette, QPen

from desktop.widgets import colours

if TYPE_CHECKING:
    from PySide6.QtGui import QImage

    from core.types import Box

OUTLINE = 2
PADDING = 10


def draw_image(painter: QPainter, image: QImage, place: QRectF, area: QRectF) -> None:
    """Draw what is visible in `area` of an image that takes `place`, which may be many times as large."""
    visible = place & area
    across, down = image.width() / place.width(), image.height() / place.height()
    source = QRectF(
        (visible.left() - place.left()) * across,
        (visible.top() - place.top()) * down,
        visible.width() * across,
        visible.height() * down,
    )
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(visible, image, source)


def draw_outline(painter: QPainter, place: QRectF, region: Box, palette: QPalette, ratio: float) -> None:
    """Outline a part of the picture that takes `place`. `ratio` is how many device pixels a pixel has."""
    outline = QRectF(
        place.left() + region.left * place.width(),
        place.top() + region.top * place.height(),
        region.width * place.width(),
        region.height * place.height(),
    )
    painter.setPen(QPen(palette.color(QPalette.ColorRole.Shadow), 2 * OUTLINE * ratio))  # visible on any picture
    painter.drawRect(outline)
    painter.setPen(QPen(colours.accent(palette), OUTLINE * ratio))
    painter.drawRect(outline)


def draw_text(painter: QPainter, area: QRect, text: str, alignment: Qt.AlignmentFlag, palette: QPalette) -> None:
    """Draw a text on a box of its own, near an edge or in the middle of an area."""
    inner = area.adjusted(2 * PADDING, 2 * PADDING, -2 * PADDING, -2 * PADDING)
    flags = int(alignment | Qt.TextFlag.TextWordWrap)
    place = painter.boundingRect(inner, flags, text)
    painter.fillRect(place.adjusted(-PADDING, -PADDING, PADDING, PADDING), palette.color(QPalette.ColorRole.Window))
    painter.setPen(palette.color(QPalette.ColorRole.WindowText))
    painter.drawText(place, flags, text)
