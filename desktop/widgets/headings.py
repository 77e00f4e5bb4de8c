"""The font of headings."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from PySide6.QtWidgets import QWidget

SCALE = 1.15


def make_heading(widget: QWidget) -> None:
    """Give a label the font of a heading, relative to the font of the system."""
    font = widget.font()
    font.setPointSizeF(font.pointSizeF() * SCALE)
    font.setBold(True)
    widget.setFont(font)
