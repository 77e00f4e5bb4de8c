"""A button that holds work and lets it go on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton

if TYPE_CHECKING:
    from PySide6.QtGui import QAction


class PauseButton(QPushButton):
    """Shows the short text of an action, whatever that is now, and triggers it."""

    def __init__(self, action: QAction) -> None:
        """Follow an action."""
        super().__init__()
        self._action = action
        self.clicked.connect(action.trigger)
        action.changed.connect(self._follow)
        self._follow()

    def _follow(self) -> None:
        self.setText(self._action.iconText())
        self.setToolTip(self._action.shortcut().toString(self._action.shortcut().SequenceFormat.NativeText))
