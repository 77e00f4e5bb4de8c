"""Colours made from the palette, so that they fit a light and a dark desktop."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

ALERT = QColor(214, 69, 48)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Return a colour with the given share of the other one in it."""
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def tile(palette: QPalette) -> QColor:
    """Return the ground that a picture lies on."""
    return mix(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.WindowText), 0.03)


def edge(palette: QPalette) -> QColor:
    """Return a line that parts without shouting."""
    return mix(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.14)


def quiet(palette: QPalette) -> QColor:
    """Return the colour of text that comes second."""
    return mix(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window), 0.38)


def warning(palette: QPalette) -> QColor:
    """Return the colour of text that says what is wrong."""
    return mix(palette.color(QPalette.ColorRole.WindowText), ALERT, 0.75)


def accent(palette: QPalette) -> QColor:
    """Return the colour of what is chosen."""
    return palette.color(QPalette.ColorRole.Highlight)
