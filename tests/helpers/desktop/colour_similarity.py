"""How the fake engine compares pictures: by their mean colour."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage

from core.types import Label


def mean_colour(image: QImage) -> QColor | None:
    """Return the mean colour of a picture, or None if the image is null."""
    if image.isNull():
        return None
    return QColor(image.scaled(1, 1, mode=Qt.TransformationMode.SmoothTransformation).pixel(0, 0))


def label_of(score: float) -> Label:
    """Return the label of a similarity. Red and blue, for example, have a weak similarity."""
    if score > 0.999:
        return Label.IDENTICAL
    return Label.CLOSE if score > 0.4 else Label.WEAK


def similarity(first: QColor, second: QColor) -> float:
    """Return 1 for equal colours, and 0 for black and white."""
    distance = abs(first.red() - second.red()) + abs(first.green() - second.green()) + abs(first.blue() - second.blue())
    return 1 - distance / (3 * 255)
