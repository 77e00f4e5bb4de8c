"""The settings, to look at and to change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Signal

from desktop.settings.search_index_page import SearchIndexPage
from desktop.texts import labels
from desktop.widgets.page_dialog import PageDialog

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtWidgets import QWidget

    from core.library.settings import IndexSettings
    from core.types import IndexType


class SettingsDialog(PageDialog):
    """Emits `chosen` with another choice of a search index. To be opened, not executed."""

    chosen = Signal(object)
    test_asked = Signal(object)
    test_stopped = Signal()

    def __init__(self, parent: QWidget, settings: IndexSettings, types: Sequence[IndexType]) -> None:
        """Show the settings in force."""
        page = SearchIndexPage(settings, types)
        super().__init__(parent, labels.tr(labels.SETTINGS_TITLE), page, labels.tr(labels.APPLY_INDEX))
        self.page = page
        self.confirmed.connect(self.accept)
        self.accepted.connect(self._choose)
        self.page.edited.connect(self._look)
        self.page.test.asked.connect(lambda: self.test_asked.emit(self.page.choice))
        self.page.test.stopped.connect(self.test_stopped)
        self._look()

    def _look(self) -> None:
        self.confirm_button.setEnabled(self.page.is_complete)
        self.make_room()

    def _choose(self) -> None:
        if self.page.has_changed:
            self.chosen.emit(self.page.choice)
