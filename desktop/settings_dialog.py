"""The settings, to look at and to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QFrame, QScrollArea, QVBoxLayout, QWidget

from desktop import labels
from desktop.search_index_page import SearchIndexPage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QShowEvent

    from core.settings import Settings
    from core.types import IndexType

WIDTH = 560
SHARE = 0.85
"""How much of the screen's height it takes at most; the page scrolls where that is not enough."""


class SettingsDialog(QDialog):
    """Emits `chosen` with another choice of a search index. To be opened, not executed."""

    chosen = Signal(object)
    test_asked = Signal(object)
    test_stopped = Signal()

    def __init__(self, parent: QWidget, settings: Settings, types: Sequence[IndexType]) -> None:
        """Show the settings in force."""
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)  # and with it what was typed of a password
        self.setWindowTitle(labels.tr(labels.SETTINGS_TITLE))
        self.page = SearchIndexPage(settings, types)
        self._area = QScrollArea(widgetResizable=True)
        self._area.setFrameShape(QFrame.Shape.NoFrame)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(self.page)
        buttons = QDialogButtonBox()
        self.use_button = buttons.addButton(labels.tr(labels.APPLY_INDEX), QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.addButton(labels.tr(labels.CANCEL), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._column = QVBoxLayout(self)
        self._column.addWidget(self._area)
        self._column.addWidget(buttons)
        self.use_button.setDefault(True)
        self.accepted.connect(self._choose)
        self.page.edited.connect(self._look)
        self.page.test.asked.connect(lambda: self.test_asked.emit(self.page.choice))
        self.page.test.stopped.connect(self.test_stopped)
        self._look()

    def sizeHint(self) -> QSize:
        """Return the room for the whole page, as far as the screen has it."""
        margins = self._column.contentsMargins()
        edge = self._area.verticalScrollBar().sizeHint().width()
        width = max(WIDTH, self.minimumSizeHint().width())
        page = self.page.heightForWidth(width - margins.left() - margins.right() - edge)
        rest = self._column.sizeHint().height() - self._area.sizeHint().height()
        return QSize(width, min(page + rest, round(SHARE * self.screen().availableGeometry().height())))

    def showEvent(self, event: QShowEvent) -> None:
        """Take the room that the page needs."""
        # All of a row stays in sight, whatever is scrolled.
        edge = self._area.verticalScrollBar().sizeHint().width()
        self._area.setMinimumWidth(self.page.minimumSizeHint().width() + edge)
        self.resize(self.sizeHint())
        super().showEvent(event)

    def _look(self) -> None:
        self.use_button.setEnabled(self.page.is_complete)
        if self.isVisible():
            self.resize(self.size().expandedTo(self.sizeHint()))

    def _choose(self) -> None:
        if self.page.has_changed:
            self.chosen.emit(self.page.choice)
