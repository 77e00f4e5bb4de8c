"""Sizes of windows that fit on the screen."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

FRAME = QSize(16, 48)
"""Space for the frame and the title bar, whose size is unknown until the window is visible."""


def fitting(window: QWidget, wanted: tuple[int, int]) -> QSize:
    """Return the wanted width and height of a window, reduced to what its screen has room for."""
    return QSize(*wanted).boundedTo(window.screen().availableGeometry().size() - FRAME)
