"""How much pictures are like one another to the fake engine: by their mean colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from core.types import Label


def mean_colour(image: QImage) -> QColor | None:
    """Return the colour of a picture shrunk to a point, or None where it is no picture."""
    if image.isNull():
        return None
    return QColor(image.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixel(0, 0))


def label_of(score: float) -> Label:
    """Return a word for a likeness: red for blue is weak."""
    if score > 0.999:
        return Label.IDENTICAL
    return Label.CLOSE if score > 0.4 else Label.WEAK


def likeness(one: QColor, other: QColor) -> float:
    """Return 1 for the same colour, 0 for black and white."""
    apart = abs(one.red() - other.red()) + abs(one.green() - other.green()) + abs(one.blue() - other.blue())
    return 1 - apart / (3 * 255)
