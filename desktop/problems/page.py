"""The page that lists what could not be read, grouped by the reason, and folders that are offline."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHBoxLayout,
    QHeaderView,
    QStackedWidget,
    QTreeView,
    QVBoxLayout,
    QWidget,
)

from desktop.problems.model import ProblemsModel
from desktop.texts import labels, problem_messages
from desktop.widgets.action_button import action_button
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.headings import make_heading
from desktop.widgets.icons import Glyph
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from PySide6.QtCore import QItemSelection, QModelIndex

    from core.reports import RootStatus
    from core.types import Failure


class ProblemsPage(QStackedWidget):
    """Shows the problems as a tree, or says that there are none.

    Signals:
        retry_requested: The user wants all photos with problems to be read again.
        leave_out_requested: The user wants the selected photos to be left out of the library. Comes with their paths.
        show_requested: The user wants to see a photo in its folder. Comes with its path.
    """

    retry_requested = Signal()
    leave_out_requested = Signal(object)
    show_requested = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.model = ProblemsModel(self)
        self.tree = self._tree()
        self.retry = action_button(labels.TRY_AGAIN, Glyph.ARROWS_CLOCKWISE)
        self.leave_out = action_button(labels.LEAVE_OUT, Glyph.X)
        self.show_in_folder = action_button(labels.SHOW_IN_FOLDER, Glyph.FOLDER_OPEN)
        self.copy = action_button(labels.COPY_LIST, Glyph.COPY)
        self._is_read_only = False
        self._heading = ElidedLabel()
        make_heading(self._heading)
        none = Placeholder()
        none.show_text(labels.tr(labels.NO_PROBLEMS), labels.tr(labels.NO_PROBLEMS_HINT))
        self.addWidget(none)
        self.addWidget(self._list_page())
        self.retry.clicked.connect(self.retry_requested)
        self.leave_out.clicked.connect(self._request_leave_out)
        self.show_in_folder.clicked.connect(self._request_show)
        self.copy.clicked.connect(self._copy)
        self.tree.activated.connect(self._request_show)
        self._update_buttons()
        self.setFocusProxy(self.tree)

    @property
    def heading(self) -> str:
        """Return the text above the list."""
        return self._heading.text()

    def show_problems(self, failures: Sequence[Failure], away: Sequence[RootStatus]) -> None:
        """List these photos and offline folders instead of the last ones."""
        self.model.show(failures, away)
        self._heading.setText(problem_messages.heading(len(failures), len(away)))
        for row in range(self.model.rowCount()):
            self.tree.setExpanded(self.model.index(row, 0), True)
            self.tree.setFirstColumnSpanned(row, self.tree.rootIndex(), True)
        self.setCurrentIndex(1 if failures or away else 0)
        self._update_buttons()

    def set_read_only(self, is_read_only: bool) -> None:
        """Disable what changes the library if it can only be read."""
        self._is_read_only = is_read_only
        self._update_buttons()

    def selected(self) -> list[Path]:
        """Return the selected photos. A selected reason stands for all photos under it."""
        return self.model.photos(self.tree.selectionModel().selectedRows())

    def _tree(self) -> QTreeView:
        tree = QTreeView()
        tree.setModel(self.model)
        tree.setUniformRowHeights(True)
        tree.setAlternatingRowColors(True)
        tree.setFrameShape(QTreeView.Shape.NoFrame)
        tree.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        tree.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        tree.setTextElideMode(Qt.TextElideMode.ElideMiddle)
        tree.setTabKeyNavigation(False)
        tree.setAccessibleName(labels.tr(labels.PROBLEMS_PAGE))
        tree.header().setSectionResizeMode(QHeaderView.ResizeMode.Stretch)
        tree.selectionModel().selectionChanged.connect(self._on_selection)
        return tree

    def _list_page(self) -> QWidget:
        page = QWidget()
        buttons = QHBoxLayout()
        buttons.setSpacing(8)
        for button in (self.retry, self.leave_out, self.show_in_folder):
            buttons.addWidget(button)
        buttons.addStretch()
        buttons.addWidget(self.copy)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 12, 12)
        column.setSpacing(8)
        column.addWidget(self._heading)
        column.addWidget(self.tree, stretch=1)
        column.addLayout(buttons)
        return page

    def _on_selection(self, _: QItemSelection, __: QItemSelection) -> None:
        self._update_buttons()

    def _update_buttons(self) -> None:
        chosen = len(self.selected())
        self.retry.setEnabled(self.model.has_photos and not self._is_read_only)
        self.leave_out.setEnabled(chosen > 0 and not self._is_read_only)
        self.show_in_folder.setEnabled(chosen == 1)
        self.copy.setEnabled(self.model.rowCount() > 0)

    def _request_leave_out(self) -> None:
        self.leave_out_requested.emit(self.selected())

    def _request_show(self, _: QModelIndex | bool = False) -> None:
        if len(photos := self.selected()) == 1:
            self.show_requested.emit(photos[0])

    def _copy(self) -> None:
        QGuiApplication.clipboard().setText(self.model.text)
