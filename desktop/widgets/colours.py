"""Colours derived from the palette, so that they suit light and dark desktops."""

from __future__ import annotations

from PySide6.QtGui import QColor, QPalette

ALERT = QColor(214, 69, 48)


def mix(one: QColor, other: QColor, share: float) -> QColor:
    """Return a mixture of two colours. A `share` of 0 gives the first, 1 gives the other."""
    return QColor.fromRgbF(
        one.redF() + (other.redF() - one.redF()) * share,
        one.greenF() + (other.greenF() - one.greenF()) * share,
        one.blueF() + (other.blueF() - one.blueF()) * share,
    )


def blank(palette: QPalette) -> QColor:
    """Return the colour of a photo that is not loaded."""
    return mix(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.1)


def tile(palette: QPalette) -> QColor:
    """Return the background colour of a picture's tile."""
    return mix(palette.color(QPalette.ColorRole.Base), palette.color(QPalette.ColorRole.WindowText), 0.03)


def edge(palette: QPalette) -> QColor:
    """Return the colour of an unobtrusive border."""
    return mix(palette.color(QPalette.ColorRole.Window), palette.color(QPalette.ColorRole.WindowText), 0.14)


def quiet(palette: QPalette) -> QColor:
    """Return the colour of secondary text."""
    return mix(palette.color(QPalette.ColorRole.WindowText), palette.color(QPalette.ColorRole.Window), 0.3)


def warning(palette: QPalette) -> QColor:
    """Return the colour of error messages in text."""
    return mix(palette.color(QPalette.ColorRole.WindowText), ALERT, 0.75)


def accent(palette: QPalette) -> QColor:
    """Return the accent colour, for example of a selection."""
    return palette.color(QPalette.ColorRole.Highlight)
