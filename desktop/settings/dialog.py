"""The settings dialog."""

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
    """Shows and edits the settings of the search index. Show it with `open`, not `exec`.

    `move_requested` comes with the new `ChosenIndex` if the user confirms other ones. `test_requested` comes with the
    `ChosenIndex` whose server is to be tested.
    """

    move_requested = Signal(object)
    test_requested = Signal(object)
    test_stopped = Signal()

    def __init__(self, parent: QWidget, settings: IndexSettings, types: Sequence[IndexType]) -> None:
        page = SearchIndexPage(settings, types)
        super().__init__(parent, labels.tr(labels.SETTINGS_TITLE), page, labels.tr(labels.APPLY_INDEX))
        self.page = page
        self.confirmed.connect(self.accept)
        self.accepted.connect(self._request_move)
        self.page.edited.connect(self._update)
        self.page.test.requested.connect(lambda: self.test_requested.emit(self.page.chosen_index))
        self.page.test.stopped.connect(self.test_stopped)
        self._update()

    def _update(self) -> None:
        self.confirm_button.setEnabled(self.page.is_complete)
        self.make_room()

    def _request_move(self) -> None:
        if self.page.has_changed:
            self.move_requested.emit(self.page.chosen_index)
