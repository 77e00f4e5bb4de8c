"""The main part of the window: a heading over the grid of results, or a page that says how to search."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtWidgets import QStackedWidget, QVBoxLayout, QWidget

from desktop.photos.grid_model import GridModel
from desktop.photos.grid_view import PhotoGrid
from desktop.texts import labels, messages
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from core.types import Hit
    from desktop.photos.thumbnails import Thumbnails

HEADING_SCALE = 1.15


class ResultsPage(QStackedWidget):
    """Shows results once there are some."""

    def __init__(self, thumbnails: Thumbnails, open_picture: QAction, paste: QAction) -> None:
        """Name the keys of these actions in the hint."""
        super().__init__()
        self.model = GridModel(thumbnails, self)
        self.view = PhotoGrid(self.model, thumbnails)
        self._searching = False
        self._hint = Placeholder()
        self._keys = {"paste": _keys(paste), "open": _keys(open_picture)}
        self._title = ""
        self._heading = ElidedLabel()
        font = self._heading.font()
        font.setPointSizeF(font.pointSizeF() * HEADING_SCALE)
        font.setBold(True)
        self._heading.setFont(font)
        self._heading.setContentsMargins(8, 0, 0, 0)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 16, 4, 0)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self.view)
        self.addWidget(self._hint)
        self.addWidget(page)
        self.clear()

    @property
    def heading(self) -> str:
        """Return the line over the results."""
        return self._heading.text()

    @property
    def searching(self) -> bool:
        """Tell whether the results of a new search are still to come."""
        return self._searching

    def show_hits(self, name: str, hits: Sequence[Hit]) -> None:
        """Show the results of a search for a picture of this name.

        The keyboard goes to the best photo; where the same search is answered anew, it stays where it is.
        """
        self._title = messages.results(hits, name)
        self._heading.setText(self._title)
        current = None if self._searching else self.view.current()
        if tuple(hits) != self.model.hits:
            self.model.show(hits)
        if not hits:
            self._hint.say(labels.tr(labels.NOTHING_FOUND), labels.tr(labels.NOTHING_FOUND_HINT))
        self.setCurrentIndex(1 if hits else 0)
        self.view.setCurrentIndex(self.model.index(self.model.row(current) if current else 0))
        if self._searching:
            self._searching = False
            self.view.scrollToTop()
            self.view.setFocus()

    def show_searching(self) -> None:
        """Show that results are on their way; the last ones stay until then."""
        self._searching = True
        self._heading.setText(labels.tr(labels.SEARCHING))
        self._hint.say(labels.tr(labels.SEARCHING), "")

    def show_waiting(self) -> None:
        """Show that results come once the search index answers again; the last ones stay until then."""
        self._heading.setText(labels.tr(labels.WAITING))
        self._hint.say(labels.tr(labels.WAITING), labels.tr(labels.WAITING_HINT))

    def keep(self) -> None:
        """Show that a search came to nothing and that what is seen is what the one before has found."""
        self._searching = False
        self._heading.setText(self._title)
        if not self.model.hits:
            self._hint.say(labels.tr(labels.NOTHING_FOUND), labels.tr(labels.NOTHING_FOUND_HINT))

    def clear(self) -> None:
        """Show how to search."""
        self._searching = False
        self.model.show(())
        self._hint.say(labels.tr(labels.READY), labels.tr(labels.READY_HINT).format(**self._keys))
        self.setCurrentIndex(0)


def _keys(action: QAction) -> str:
    return action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
