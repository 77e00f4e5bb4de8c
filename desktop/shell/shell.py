"""The interface between the window and its features."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QActionGroup, QKeySequence
from PySide6.QtWidgets import QPushButton, QStackedWidget, QWidget

from desktop.shell.actions import Actions
from desktop.shell.banner import Banner
from desktop.shell.library_state import LibraryState
from desktop.shell.progress_panel import ProgressPanel
from desktop.shell.rail import Rail
from desktop.texts import labels, messages
from desktop.widgets.elided_label import ElidedLabel
from desktop.widgets.icons import Glyph, icon

if TYPE_CHECKING:
    from collections.abc import Sequence

    from PySide6.QtCore import QMimeData
    from PySide6.QtWidgets import QMainWindow, QMenu

    from desktop.shell.window_state import WindowState


class DropTarget(Protocol):
    """The feature that receives what the user drops on the window."""

    def accepts(self, mime: QMimeData) -> bool:
        """Return whether a drag can be dropped. Must be fast: it is called when the drag enters the window."""

    def drop(self, mime: QMimeData) -> None:
        """Use what was dropped."""


class Shell(QObject):
    """The parts of the window that every feature may use.

    A feature receives the shell and never reaches into the window or into other features. It connects to `actions`,
    reads and sets the state of the library in `library`, shows messages in `banner`, and shows its work in `progress`
    (indexing) or `index_progress` (the search index). `notice` explains a problem of the search index while it lasts.
    `library_notice` says why the library can only be read.

    A feature adds its page with `add_page`, which the rail and the View menu then offer. A start page covers the pages
    of the features until `show_pages` is called.
    `closing` is emitted when the window closes, so that pages can save their layout in `window_state`.
    """

    closing = Signal()

    def __init__(self, window: QMainWindow, window_state: WindowState) -> None:
        super().__init__(window)
        self.window, self.window_state = window, window_state
        self.library = LibraryState(self)
        self.actions = Actions(window)
        self.notice = Banner(labels.tr(labels.SEARCH_INDEX))
        self.library_notice = Banner(labels.tr(labels.LIBRARY), alert=False)
        self.banner = Banner(labels.tr(labels.MESSAGE))
        self.progress = ProgressPanel(labels.tr(labels.INDEXING), pause=self.actions.pause)
        self.index_progress = ProgressPanel(labels.tr(labels.SEARCH_INDEX), go_on=self.actions.go_on)
        self.actions.settings.setIcon(icon(Glyph.GEAR_SIX))
        self.actions.add_folder.setIcon(icon(Glyph.FOLDER_PLUS))
        self.rail = Rail([self.actions.add_folder, self.actions.settings])
        self.stack = QStackedWidget()
        self.status_line = ElidedLabel(labels.tr(labels.OPENING))
        self._pages: dict[QWidget, QAction] = {}
        self._choice = QActionGroup(self)
        self._view_menu: QMenu | None = None
        self._drop_target: DropTarget | None = None
        self.actions.fill(window.menuBar())
        self.actions.stop.triggered.connect(self.progress.ask_to_stop)
        self.library.changed.connect(self._update)
        self.stack.currentChanged.connect(self._mark_page)

    @property
    def status_text(self) -> str:
        """Return the text of the status line."""
        return self.status_line.text()

    def add_page(self, page: QWidget, title: str, glyph: Glyph, shortcut: str) -> None:
        """Add the page of a feature to the rail and the View menu."""
        action = self._pages[page] = QAction(title, self, checkable=True)
        action.setShortcut(QKeySequence(shortcut))
        action.triggered.connect(lambda: self.show_page(page))
        self._choice.addAction(action)
        self.rail.add_page(action, glyph)
        self._add_to_stack(page)
        self.add_view_actions([action])

    def set_page_count(self, page: QWidget, count: int) -> None:
        """Show in the rail how many things wait for the user on a page. 0 shows nothing."""
        self.rail.set_count(self._pages[page], count)

    def add_view_actions(self, actions: Sequence[QAction]) -> None:
        """Add actions to the View menu, which change how a page looks."""
        if self._view_menu is None:
            self._view_menu = self.window.menuBar().addMenu(labels.tr(labels.VIEW_MENU))
        self._view_menu.addActions(actions)

    def show_page(self, page: QWidget) -> None:
        """Show the page of a feature, unless a start page covers it, and give it the focus if it has a focus proxy."""
        if self.stack.currentWidget() in self._pages:
            self.stack.setCurrentWidget(page)
            if page.focusProxy():
                page.setFocus()

    def show_start_page(self, page: QWidget) -> None:
        """Show a start page, which covers the pages of the features."""
        if self.stack.indexOf(page) < 0:
            self._add_to_stack(page)
        self.stack.setCurrentWidget(page)

    def show_pages(self) -> None:
        """Replace the start page, if one is shown, with the first page of a feature."""
        if self.stack.currentWidget() not in self._pages:
            self.stack.setCurrentWidget(next(iter(self._pages)))

    def add_menu(self, title: str, actions: Sequence[QAction]) -> None:
        """Add a menu with the actions of a feature."""
        self.window.menuBar().addMenu(title).addActions(actions)

    def set_drop_target(self, target: DropTarget) -> None:
        """Set the feature that receives what is dropped on the window."""
        self._drop_target = target

    def accepts_drop(self, mime: QMimeData) -> bool:
        """Return whether a drag can be dropped on the window."""
        return self.library.status is not None and self._drop_target is not None and self._drop_target.accepts(mime)

    def drop(self, mime: QMimeData) -> None:
        """Pass what was dropped on the window to the drop target."""
        if self._drop_target:
            self._drop_target.drop(mime)

    def dismiss(self) -> None:
        """Hide the lowest of the messages that are shown."""
        for message in (self.banner, self.notice, self.library_notice):
            if not message.isHidden():
                message.hide()
                return

    def show_not_open(self) -> None:
        """Say in the status line that the library could not be opened."""
        self.status_line.setText(labels.tr(labels.NOT_OPEN))

    def show_read_only(self, reason: str) -> None:
        """Say why the library can only be read, and disable what changes it."""
        self.library.set_read_only(True)
        self.library_notice.show_message(reason)

    def _mark_page(self) -> None:
        """Mark the page in the rail, which is hidden while a start page covers the pages."""
        shown = self.stack.currentWidget()
        self.rail.setVisible(shown in self._pages)
        if shown in self._pages:
            self._pages[shown].setChecked(True)

    def _add_to_stack(self, page: QWidget) -> None:
        """Add a page, and keep the progress panels, which are below it, last in the tab order."""
        self.stack.addWidget(page)
        for panel in (self.index_progress, self.progress):
            for button in panel.findChildren(QPushButton):
                last = self.window.previousInFocusChain()
                assert last
                QWidget.setTabOrder(last, button)

    def _update(self) -> None:
        library = self.library
        if library.status:
            text = messages.status(
                library.status,
                index_unreachable=library.is_index_unreachable,
                paused=library.is_paused,
                read_only=library.is_read_only,
            )
            self.status_line.setText(text)
        self.actions.show_paused(paused=library.is_paused)
        self.actions.set_enabled(
            library.status,
            indexing=library.is_indexing,
            moving=library.is_moving,
            read_only=library.is_read_only,
        )
