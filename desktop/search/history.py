"""The queries of this session, to go back to and forward again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QKeySequence

from desktop.texts import labels
from desktop.widgets.icons import Glyph, icon

if TYPE_CHECKING:
    from desktop.search.query import Query

LONGEST = 30
"""How many queries are kept, because one may hold a picture of some megabytes."""


class QueryHistory(QObject):
    """Two actions that lead through the queries. `chosen` comes with the query to search with again."""

    chosen = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._queries: list[Query] = []
        self._place = -1
        self.back = self._action(labels.BACK, Glyph.ARROW_LEFT, QKeySequence.StandardKey.Back)
        self.forward = self._action(labels.FORWARD, Glyph.ARROW_RIGHT, QKeySequence.StandardKey.Forward)
        self.back.triggered.connect(lambda: self._go(-1))
        self.forward.triggered.connect(lambda: self._go(1))
        self._update()

    def add(self, query: Query) -> None:
        """Add a query behind the present one, in place of those that followed it, unless it is the present one."""
        if self._queries and self._queries[self._place] is query:
            return
        self._queries = [*self._queries[: self._place + 1], query][-LONGEST:]
        self._place = len(self._queries) - 1
        self._update()

    def _go(self, steps: int) -> None:
        self._place += steps
        self._update()
        self.chosen.emit(self._queries[self._place])

    def _update(self) -> None:
        self.back.setEnabled(self._place > 0)
        self.forward.setEnabled(self._place < len(self._queries) - 1)

    def _action(self, label: str, glyph: Glyph, key: QKeySequence.StandardKey) -> QAction:
        action = QAction(icon(glyph), labels.tr(label), self)
        action.setShortcut(QKeySequence(key))
        return action
