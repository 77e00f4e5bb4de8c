"""The start page, shown while the library has no photos."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QPushButton

from desktop.texts import labels
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from desktop.shell.shell import Shell

PADDING = 12
SAMPLES = Path(__file__).resolve().parents[2] / "resources" / "samples"
"""Has the folder `photos` and a picture to search them with."""


class WelcomePage(Placeholder):
    """Asks the user to add a folder and offers one large button for that. Gives way once there are photos to search.

    `samples_requested` is emitted when the user wants to try a search with the sample photos.
    """

    samples_requested = Signal()

    def __init__(self, shell: Shell) -> None:
        super().__init__()
        self._shell = shell
        add_folder = shell.actions.add_folder
        self.show_text(labels.tr(labels.WELCOME), labels.tr(labels.WELCOME_HINT))
        self.button = QPushButton(labels.tr(labels.ADD_FOLDER), default=True)
        hint = self.button.sizeHint()
        self.button.setMinimumSize(hint.width() + 4 * PADDING, hint.height() + PADDING)
        self.button.clicked.connect(add_folder.trigger)
        self.button.setEnabled(add_folder.isEnabled())
        add_folder.enabledChanged.connect(self.button.setEnabled)
        self.samples = QPushButton(labels.tr(labels.TRY_SAMPLES), flat=True)
        self.samples.clicked.connect(self.samples_requested)
        self.samples.setEnabled(add_folder.isEnabled())
        add_folder.enabledChanged.connect(self.samples.setEnabled)
        self.add(self.button)
        self.add(self.samples)
        shell.library.changed.connect(self._update)

    def _update(self) -> None:
        if self._shell.library.can_search:
            self._shell.show_pages()
        else:
            self._shell.show_start_page(self)
            self.button.setFocus()
