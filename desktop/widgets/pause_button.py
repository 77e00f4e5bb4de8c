"""A button that pauses and resumes indexing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


class PauseButton(QPushButton):
    """Triggers the pause action and always shows its current short text, "Pause" or "Resume"."""

    def __init__(self, action: QAction) -> None:
        super().__init__()
        self._action = action
        self.clicked.connect(action.trigger)
        action.changed.connect(self._show_text)
        self._show_text()

    def _show_text(self) -> None:
        self.setText(self._action.iconText())
        self.setToolTip(self._action.shortcut().toString(self._action.shortcut().SequenceFormat.NativeText))
