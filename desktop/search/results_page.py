"""The results of a search under a heading, or a hint on how to search."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtWidgets import (
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QStackedWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from core.search_request import Filters
from core.types import Order
from desktop.photos.grid_view import PhotoGrid
from desktop.photos.hits_model import HitsModel
from desktop.photos.size_slider import SizeSlider
from desktop.photos.view_actions import ViewActions
from desktop.search.filter_chips import FilterChips
from desktop.texts import filter_messages, labels, messages
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.headings import make_heading
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtGui import QAction

    from core.types import Hit
    from desktop.photos.thumbnails import Thumbnails


class ResultsPage(QStackedWidget):
    """Shows the hits of a search in a grid, or a hint while there are none.

    The hint mentions the shortcuts of the given actions.
    """

    def __init__(self, thumbnails: Thumbnails, open_picture: QAction, paste: QAction) -> None:
        super().__init__()
        self.model = HitsModel(thumbnails, self)
        self.view = PhotoGrid(self.model, thumbnails)
        self.view_actions = ViewActions(self.view, self.model)
        self._is_searching = False
        self._hint = Placeholder()
        self._shortcuts = {"paste": _shortcut(paste), "open": _shortcut(open_picture)}
        self._name = self._last_heading = ""
        self._heading = ElidedLabel()
        make_heading(self._heading)
        self.chips = FilterChips()
        self._clear_filters = QPushButton(labels.tr(labels.CLEAR_FILTERS))
        self._clear_filters.clicked.connect(partial(self.chips.changed.emit, Filters()))
        self._hint.add(self._clear_filters)
        self._filters = Filters()
        self._order = self._order_choice()
        self._selected = QLabel()
        self.view.selected_changed.connect(self._show_selected)
        page = QWidget()
        column = QVBoxLayout(page)
        column.setContentsMargins(4, 12, 4, 0)
        column.setSpacing(4)
        row = self._row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.addWidget(self._heading, stretch=1)
        row.addWidget(self._selected)
        row.addWidget(self._order)
        row.addWidget(SizeSlider(self.view))
        column.addLayout(row)
        column.addWidget(self.chips)
        column.addWidget(self.view)
        self.addWidget(self._hint)
        self.addWidget(page)
        self.clear()

    @property
    def heading(self) -> str:
        """Return the text above the results."""
        return self._heading.text()

    @property
    def is_searching(self) -> bool:
        """Return whether a new search has not shown its results yet."""
        return self._is_searching

    def add_actions(self, actions: Sequence[QAction]) -> None:
        """Add buttons for some actions before the heading."""
        for place, action in enumerate(actions):
            button = QToolButton(autoRaise=True)
            button.setDefaultAction(action)
            button.setAccessibleName(action.text().replace("&", ""))
            button.setToolTip(messages.with_shortcut(button.accessibleName(), _shortcut(action)))
            self._row.insertWidget(place, button)

    def show_hits(self, name: str, hits: Sequence[Hit]) -> None:
        """Show the hits of a search. `name` is the name of the query picture.

        A new search selects the best hit and gives the grid the keyboard focus. A repeated search keeps the current
        photo.
        """
        self._name = name
        self._show_heading(hits)
        current = None if self._is_searching else self.view.current()
        row = 0 if self._is_searching else max(0, self.view.currentIndex().row())
        if tuple(hits) != self.model.hits:
            self.model.show(hits)
        if not hits:
            self._show_nothing_found()
        self.setCurrentIndex(1 if hits else 0)
        self.view.setCurrentIndex(self.model.index(self.model.row_of(current, row)))
        if self._is_searching:
            self._is_searching = False
            self.view.scrollToTop()
            self.view.setFocus()
            self.view.is_touched = False

    def refine(self, hits: Sequence[Hit]) -> None:
        """Show the hits of the last search in a better order, or only their words if the user has touched the grid."""
        if self.view.is_touched:
            self.model.relabel(hits)
        elif tuple(hits) != self.model.hits:
            self.model.show(hits)
            self.view.setCurrentIndex(self.model.index(0))
        self._show_heading(self.model.hits)

    def show_searching(self) -> None:
        """Show that a new search is running. The last hits stay visible until it ends."""
        self._is_searching = True
        self._clear_filters.hide()
        self._heading.setText(labels.tr(labels.SEARCHING))
        self._hint.show_text(labels.tr(labels.SEARCHING), "")

    def show_waiting(self) -> None:
        """Show that the search waits for the search index to be reachable. The last hits stay visible until then."""
        self._heading.setText(labels.tr(labels.WAITING))
        self._hint.show_text(labels.tr(labels.WAITING), labels.tr(labels.WAITING_HINT))

    def show_last_hits(self) -> None:
        """Restore the heading of the hits that are still shown, because the new search failed."""
        self._is_searching = False
        self._heading.setText(self._last_heading)
        if not self.model.hits:
            self._show_nothing_found()

    def show_filters(self, filters: Filters) -> None:
        """Show which filters are set."""
        self._filters = filters
        self.chips.show_filters(filters)

    def extend(self, hits: Sequence[Hit]) -> None:
        """Add those of the hits that are not shown yet. Nothing that the user looks at moves."""
        shown = {(hit.path, hit.remote) for hit in self.model.hits}
        new = [hit for hit in hits if (hit.path, hit.remote) not in shown]
        if not new:
            return
        bar, current, selected = self.view.verticalScrollBar(), self.view.current(), self.view.selected()
        place = bar.value()
        self.model.show([*self.model.hits, *new])
        self._show_heading(self.model.hits)
        self.view.select(current, selected)
        bar.setValue(place)

    def _show_nothing_found(self) -> None:
        is_filtered = self._filters != Filters()
        title, hint = labels.NOTHING_FOUND, labels.NOTHING_FOUND_HINT
        if is_filtered:
            title, hint = labels.NOTHING_PASSES, labels.NOTHING_PASSES_HINT
        self._hint.show_text(labels.tr(title), labels.tr(hint))
        self._clear_filters.setVisible(is_filtered)

    def _order_choice(self) -> QComboBox:
        choice = QComboBox()
        choice.setAccessibleName(labels.tr(labels.ORDER))
        choice.setToolTip(labels.tr(labels.ORDER))
        for order in Order:
            choice.addItem(filter_messages.order(order), order)
        choice.currentIndexChanged.connect(lambda: self._set_order(Order(choice.currentData())))
        return choice

    def _set_order(self, order: Order) -> None:
        current, selected = self.view.current(), self.view.selected()
        self.model.set_order(order)
        self.view.select(current, selected)
        self.view.scrollToTop()

    def _show_selected(self, count: int) -> None:
        self._selected.setText(messages.selected(count) if count > 1 else "")

    def _show_heading(self, hits: Sequence[Hit]) -> None:
        self._last_heading = messages.results(hits, self._name)
        self._heading.setText(self._last_heading)

    def clear(self) -> None:
        """Remove the results and show the hint on how to search."""
        self._is_searching = False
        self._clear_filters.hide()
        self.model.show(())
        self._hint.show_text(labels.tr(labels.READY), labels.tr(labels.READY_HINT).format(**self._shortcuts))
        self.setCurrentIndex(0)


def _shortcut(action: QAction) -> str:
    return action.shortcut().toString(action.shortcut().SequenceFormat.NativeText)
