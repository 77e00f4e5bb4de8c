"""The icons on actions and buttons. They are glyphs of a font, drawn in the colour of the text beside them."""

from __future__ import annotations

from enum import Enum
from functools import cache
from pathlib import Path

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QGuiApplication, QIcon, QIconEngine, QPainter, QPalette, QPixmap

FONT = Path(__file__).resolve().parents[2] / "resources" / "icons" / "phosphor.ttf"


class Glyph(Enum):
    """The icons in the font, which `packaging/icon_font.py` makes from this list.

    The names are those of the Phosphor family in capitals, the values its characters.
    """

    ARROWS_CLOCKWISE = "\uf045"
    ARROW_LEFT = "\uf03b"
    ARROW_RIGHT = "\uf044"
    CLIPBOARD_TEXT = "\uf0f8"
    COPY = "\uf114"
    COPY_SIMPLE = "\uf116"
    FOLDER_OPEN = "\uf18c"
    FOLDER_PLUS = "\uf18d"
    GEAR_SIX = "\uf19c"
    IMAGE = "\uf1dd"
    MAGNIFYING_GLASS = "\uf20a"
    PAUSE = "\uf25e"
    PLAY = "\uf27c"
    STOP = "\uf2f7"
    WARNING_CIRCLE = "\uf35d"
    X = "\uf36d"


def icon(glyph: Glyph) -> QIcon:
    """Return an icon that follows the palette of the program, is sharp at every size, and grey when disabled."""
    return QIcon(_GlyphEngine(glyph))


class _GlyphEngine(QIconEngine):
    """Draws a glyph each time the icon is shown, so that a change of the palette needs no new icon."""

    def __init__(self, glyph: Glyph) -> None:
        super().__init__()
        self._glyph = glyph

    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, _: QIcon.State) -> None:
        """Draw the glyph as large as the rectangle allows."""
        font = QFont(_family())
        font.setPixelSize(min(rect.width(), rect.height()))
        painter.save()
        painter.setFont(font)
        painter.setPen(_colour(mode))
        painter.drawText(rect, Qt.AlignmentFlag.AlignCenter, self._glyph.value)
        painter.restore()

    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        """Return the glyph on a transparent ground."""
        pixmap = QPixmap(size)
        pixmap.fill(Qt.GlobalColor.transparent)
        painter = QPainter(pixmap)
        self.paint(painter, QRect(QPoint(), size), mode, state)
        painter.end()
        return pixmap

    def clone(self) -> QIconEngine:
        """Return an engine for a copy of the icon."""
        return _GlyphEngine(self._glyph)


def _colour(mode: QIcon.Mode) -> QColor:
    group = QPalette.ColorGroup.Disabled if mode is QIcon.Mode.Disabled else QPalette.ColorGroup.Active
    return QGuiApplication.palette().color(group, QPalette.ColorRole.ButtonText)


@cache
def _family() -> str:
    return QFontDatabase.applicationFontFamilies(QFontDatabase.addApplicationFont(str(FONT)))[0]
