"""The slider that makes the photos of a grid larger or smaller."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSlider

from desktop.photos.grid_view import HIGHEST, LOWEST
from desktop.texts import labels

if TYPE_CHECKING:
    from desktop.photos.grid_view import PhotoGrid

WIDTH = 120


class SizeSlider(QSlider):
    """Sets the height of the lines of a grid, and follows it."""

    def __init__(self, view: PhotoGrid) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setRange(LOWEST, HIGHEST)
        self.setValue(view.row_height)
        self.setFixedWidth(WIDTH)
        self.setAccessibleName(labels.tr(labels.PHOTO_SIZE))
        self.setToolTip(labels.tr(labels.PHOTO_SIZE))
        self.valueChanged.connect(view.set_row_height)
        view.row_height_changed.connect(self.setValue)
