"""The page that finds and shows duplicates."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QItemSelectionModel, Signal
from PySide6.QtWidgets import (
    QApplication,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QStackedWidget,
    QVBoxLayout,
    QWidget,
)

from desktop.duplicates.model import DuplicatesModel
from desktop.photos.grid_view import PhotoGrid
from desktop.photos.size_slider import SizeSlider
from desktop.texts import duplicate_messages, labels
from desktop.widgets.action_button import action_button
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.headings import make_heading
from desktop.widgets.icons import Glyph
from desktop.widgets.placeholder import Placeholder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import Progress
    from core.types import DuplicateGroup
    from desktop.photos.thumbnails import Thumbnails

STEPS = 1000


class DuplicatesPage(QWidget):
    """Shows groups of duplicates in a grid, or a hint while none are known, and below them the progress of the search.

    `find_requested` and `stop_requested` say that the user wants to search for duplicates, or to stop that.
    """

    find_requested = Signal()
    stop_requested = Signal()

    def __init__(self, thumbnails: Thumbnails) -> None:
        super().__init__()
        self.model = DuplicatesModel(thumbnails, self)
        self.view = PhotoGrid(self.model, thumbnails)
        self.view.setAccessibleName(labels.tr(labels.DUPLICATES))
        self.find_first = QPushButton(labels.tr(labels.FIND_DUPLICATES), default=True)
        self.find_again = action_button(labels.FIND_AGAIN, Glyph.ARROWS_CLOCKWISE)
        self.select_others = action_button(labels.SELECT_OTHERS, Glyph.COPY_SIMPLE)
        self.select_others.setShortcut("Ctrl+D")
        self.select_others.setToolTip(labels.tr(labels.SELECT_OTHERS_HINT))
        self.stop = action_button(labels.STOP, Glyph.STOP)
        self._heading = ElidedLabel()
        self._hint = Placeholder()
        self._hint.add(self.find_first)
        self._stack = QStackedWidget()
        self._stack.addWidget(self._hint)
        self._stack.addWidget(self._groups_page())
        self._progress_text, self._bar = QLabel(), QProgressBar(textVisible=False, maximum=STEPS)
        self._bar.setAccessibleName(labels.tr(labels.DUPLICATES))
        self._progress = self._progress_row()
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self._stack)
        column.addWidget(self._progress)
        self.find_first.clicked.connect(self.find_requested)
        self.find_again.clicked.connect(self.find_requested)
        self.stop.clicked.connect(self.stop_requested)
        self.select_others.clicked.connect(self._select_others)
        self.view.current_changed.connect(self._update_buttons)
        self.show_none(was_searched=False)

    @property
    def heading(self) -> str:
        """Return the text above the groups."""
        return self._heading.text()

    def show_groups(self, groups: Sequence[DuplicateGroup]) -> None:
        """Show these groups instead of the last ones. The current photo stays current, or the one at its place."""
        current, row = self.view.current(), self.view.currentIndex().row()
        self.model.show(groups)
        self._heading.setText(duplicate_messages.heading(groups))
        self._show_part(1, self.view)
        self.view.setCurrentIndex(self.model.index(self.model.row_of(current, max(0, row))))

    def show_none(self, *, was_searched: bool) -> None:
        """Show that no duplicates are known, because none were found or none were looked for."""
        self.model.show(())
        title, hint = labels.FIND_DUPLICATES, labels.FIND_DUPLICATES_HINT
        if was_searched:
            title, hint = labels.NO_DUPLICATES, labels.NO_DUPLICATES_HINT
        self._hint.show_text(labels.tr(title).replace("&", ""), labels.tr(hint))
        self._show_part(0, self.find_first)

    def _show_part(self, number: int, focused: QWidget) -> None:
        before = QApplication.focusWidget()
        had_focus = before is not None and self.isAncestorOf(before)
        self._stack.setCurrentIndex(number)
        self.setFocusProxy(focused)
        if had_focus:
            self.setFocus()

    def show_progress(self, progress: Progress) -> None:
        """Show how far the search for duplicates is."""
        self._progress_text.setText(duplicate_messages.progress(progress))
        self._bar.setValue(STEPS * progress.done // progress.total if progress.total else 0)

    def set_searching(self, is_searching: bool) -> None:
        """Show or hide the progress, and offer to stop or to start."""
        self._progress.setVisible(is_searching)
        self._progress_text.setText(labels.tr(labels.SEARCHING))
        self._bar.setValue(0)
        self.find_first.setEnabled(not is_searching)
        self.find_again.setEnabled(not is_searching)

    def _groups_page(self) -> QWidget:
        page = QWidget()
        make_heading(self._heading)
        row = QHBoxLayout()
        row.setContentsMargins(8, 0, 8, 0)
        row.setSpacing(8)
        row.addWidget(self._heading, stretch=1)
        for widget in (self.find_again, self.select_others, SizeSlider(self.view)):
            row.addWidget(widget)
        column = QVBoxLayout(page)
        column.setContentsMargins(12, 12, 4, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.view)
        return page

    def _progress_row(self) -> QWidget:
        widget = QWidget()
        row = QHBoxLayout(widget)
        row.setContentsMargins(16, 8, 16, 8)
        row.setSpacing(12)
        row.addWidget(self._progress_text)
        row.addWidget(self._bar, stretch=1)
        row.addWidget(self.stop)
        widget.hide()
        return widget

    def _update_buttons(self) -> None:
        self.select_others.setEnabled(self.view.current() is not None)

    def _select_others(self) -> None:
        """Select all photos but the best ones in the groups with selected photos."""
        selection, flags = self.view.selectionModel(), QItemSelectionModel.SelectionFlag
        rows = self.model.others([index.row() for index in selection.selectedIndexes()])
        if not rows:
            return
        selection.setCurrentIndex(self.model.index(rows[0]), flags.ClearAndSelect)
        for row in rows:
            selection.select(self.model.index(row), flags.Select)
        self.view.setFocus()
