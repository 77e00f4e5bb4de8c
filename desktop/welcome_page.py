"""The first page of an empty library."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QPushButton, QWidget

from desktop import labels
from desktop.placeholder import Placeholder

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

PADDING = 12


class WelcomePage(Placeholder):
    """Says what to do first and offers one big button for it."""

    def __init__(self, add_folder: QAction, parent: QWidget | None = None) -> None:
        """Offer the action that adds a folder."""
        super().__init__(parent)
        self.say(labels.tr(labels.WELCOME), labels.tr(labels.WELCOME_HINT))
        self.button = QPushButton(labels.tr(labels.CHOOSE_FOLDER), default=True)
        hint = self.button.sizeHint()
        self.button.setMinimumSize(hint.width() + 4 * PADDING, hint.height() + PADDING)
        self.button.clicked.connect(add_folder.trigger)
        self.button.setEnabled(add_folder.isEnabled())
        add_folder.enabledChanged.connect(self.button.setEnabled)
        self.add(self.button)
