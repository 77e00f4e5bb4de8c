"""Buttons with an icon."""

from __future__ import annotations

from PySide6.QtWidgets import QPushButton

from desktop.texts import labels
from desktop.widgets.icons import Glyph, icon

PADDING = 8


def action_button(text: str, glyph: Glyph) -> QPushButton:
    """Return a button with one of `labels` and an icon."""
    button = QPushButton(icon(glyph), labels.tr(text).replace("&", ""))
    button.setMinimumHeight(button.sizeHint().height() + PADDING)
    return button
