"""The search page: the query on the left, the results on the right."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QSplitter

from desktop.search.query_panel import QueryPanel
from desktop.search.results_page import ResultsPage

if TYPE_CHECKING:
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell


class SearchPage(QSplitter):
    """The query panel beside the results. The splitter and the size of photos are kept until the next start."""

    def __init__(self, shell: Shell, thumbnails: Thumbnails) -> None:
        super().__init__(Qt.Orientation.Horizontal, childrenCollapsible=False, handleWidth=1)
        actions = shell.actions
        self.query_panel = QueryPanel(actions.open_picture, actions.paste, actions.add_folder, actions.update_library)
        self.results = ResultsPage(thumbnails, actions.open_picture, actions.paste)
        self.addWidget(self.query_panel)
        self.addWidget(self.results)
        self.setStretchFactor(1, 1)
        self._state = shell.window_state
        self._state.restore_splitter(self)
        if height := self._state.row_height:
            self.results.view.set_row_height(height)
        shell.closing.connect(self._save)

    def _save(self) -> None:
        self._state.save_splitter(self)
        self._state.row_height = self.results.view.row_height
