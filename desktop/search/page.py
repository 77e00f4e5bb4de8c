"""The search page: the query on the left, the results on the right."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QSplitter

from desktop.search.file_types import file_types
from desktop.search.filter_panel import FilterPanel
from desktop.search.query_panel import QueryPanel
from desktop.search.results_page import ResultsPage
from desktop.texts import labels

if TYPE_CHECKING:
    from collections.abc import Collection

    from PySide6.QtGui import QShowEvent

    from core.search_request import Filters
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell


class SearchPage(QSplitter):
    """The query panel beside the results. The splitter and the size of photos are kept until the next start.

    `filters_changed` comes with the `Filters` that the user has chosen.
    """

    filters_changed = Signal(object)

    def __init__(self, shell: Shell, thumbnails: Thumbnails, extensions: Collection[str]) -> None:
        """`extensions` are those of the files that can be read, in lower case and with the dot."""
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False, handleWidth=1)
        actions = shell.actions
        self.query_panel = QueryPanel(actions.open_picture, actions.paste)
        self.results = ResultsPage(thumbnails, actions.open_picture, actions.paste)
        self.filters = FilterPanel(file_types(extensions), datetime.now().astimezone().date())
        self.query_panel.add_section(labels.tr(labels.FILTERS), self.filters)
        self.filters.changed.connect(self._show_filters)
        self.results.chips.changed.connect(self._show_filters)
        self.addWidget(self.query_panel)
        self.addWidget(self.results)
        self.setStretchFactor(1, 1)
        self._was_shown = False
        self._state = shell.window_state
        self._state.restore_splitter(self)
        if height := self._state.row_height:
            self.results.view.set_row_height(height)
        shell.closing.connect(self._save)

    def showEvent(self, event: QShowEvent) -> None:
        """Note that the splitter has the size that the user sees."""
        super().showEvent(event)
        self._was_shown = True

    def _show_filters(self, filters: Filters) -> None:
        self.filters.show_filters(filters)
        self.results.show_filters(filters)
        self.filters_changed.emit(filters)

    def _save(self) -> None:
        if self._was_shown:
            self._state.save_splitter(self)
        self._state.row_height = self.results.view.row_height
