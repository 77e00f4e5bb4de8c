"""The window: what it is made of, and how it turns what the user does into signals."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import (
    QCloseEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDropEvent,
    QGuiApplication,
    QKeySequence,
    QPaintEvent,
    QResizeEvent,
    QShortcut,
)
from PySide6.QtWidgets import QMainWindow, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from desktop import intake, labels, messages
from desktop.banner import Banner
from desktop.chooser import Chooser
from desktop.commands import Commands
from desktop.drop_overlay import DropOverlay
from desktop.elided_label import ElidedLabel
from desktop.failures_dialog import FailuresDialog
from desktop.photo_actions import PhotoActions
from desktop.placeholder import Placeholder
from desktop.progress_panel import ProgressPanel
from desktop.query_panel import QueryPanel
from desktop.result_page import ResultPage
from desktop.welcome_page import WelcomePage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.reports import LibraryStatus
    from core.types import Failure
    from desktop.thumbnails import Thumbnails
    from desktop.window_state import WindowState

SIZE = (1220, 840)


class MainWindow(QMainWindow):
    """Banners, page, progress and status line, one above the other. Nothing is enabled before a status is shown.

    `notice` says what is the matter with the search index for as long as it lasts; `banner` has the last message.
    """

    folders_chosen = Signal(object)
    query_chosen = Signal(object)
    update_requested = Signal()
    failures_requested = Signal()
    painted = Signal()
    closed = Signal()

    def __init__(self, state: WindowState, thumbnails: Thumbnails) -> None:
        """Build the window as it was left the last time."""
        super().__init__()
        self._state = state
        self._library: LibraryStatus | None = None
        self._indexing = self._paused = self._moving = self._away = False
        self.commands = Commands(self)
        self.chooser = Chooser(self, state)
        self.notice = Banner(labels.tr(labels.SEARCH_INDEX))
        self.banner = Banner(labels.tr(labels.PROBLEM))
        self.progress = ProgressPanel(labels.tr(labels.INDEXING), pause=self.commands.pause)
        self.index_progress = ProgressPanel(labels.tr(labels.SEARCH_INDEX), go_on=self.commands.go_on)
        self.results = ResultPage(thumbnails, self.commands.open_picture, self.commands.paste)
        self.photo_actions = PhotoActions(self.results.view)
        self.query_panel = self._query_panel()
        self._build()
        self._connect()
        self.resize(*SIZE)
        state.restore(self, self._splitter)

    @property
    def status_text(self) -> str:
        """Return the status line."""
        return self._status.text()

    @property
    def can_search(self) -> bool:
        """Tell whether there are photos to search, or will be."""
        return self._indexing or bool(self._library and self._library.photos)

    @property
    def is_moving(self) -> bool:
        """Tell whether another search index is being built."""
        return self._moving

    def show_status(self, status: LibraryStatus) -> None:
        """Show what the open library holds."""
        self._library = status
        self._arrange()

    def show_away(self, *, away: bool) -> None:
        """Show whether the search index is out of reach."""
        self._away = away
        self._arrange()

    def show_not_open(self) -> None:
        """Show that the library could not be opened."""
        self._status.setText(labels.tr(labels.NOT_OPEN))

    def show_failures(self, failures: Sequence[Failure]) -> None:
        """Show the photos that could not be read."""
        FailuresDialog(self, failures).open()

    def show_indexing(self, *, indexing: bool) -> None:
        """Show whether an indexing run is under way."""
        self._indexing = indexing
        self._arrange()

    def show_paused(self, *, paused: bool) -> None:
        """Show whether the user has paused indexing."""
        self._paused = paused
        self._arrange()

    def show_moving(self, *, moving: bool) -> None:
        """Show whether another search index is being built."""
        self._moving = moving
        self._arrange()

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Take what may be a picture or a folder, and show that any place will do."""
        if self._library and intake.is_welcome(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            self.overlay.cover()

    def dragLeaveEvent(self, _: QDragLeaveEvent) -> None:
        """Show the window as it was."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Look at what was dropped, now that it is here."""
        self.overlay.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.chooser.take(intake.dropped(event.mimeData()))

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the window covered while something is dragged over it."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Say that the window can be seen."""
        super().paintEvent(event)
        self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Remember how the window looked and let the program end."""
        self._state.save(self, self._splitter)
        event.accept()
        self.closed.emit()

    def _query_panel(self) -> QueryPanel:
        commands = self.commands
        return QueryPanel(commands.open_picture, commands.paste, commands.add_folder, commands.update_library)

    def _build(self) -> None:
        self._splitter = QSplitter(Qt.Orientation.Horizontal, childrenCollapsible=False, handleWidth=1)
        self._splitter.addWidget(self.query_panel)
        self._splitter.addWidget(self.results)
        self._splitter.setStretchFactor(1, 1)
        self._welcome = WelcomePage(self.commands.add_folder)
        name = QGuiApplication.applicationDisplayName()
        opening = Placeholder()
        opening.say(name, "")
        self._pages = QStackedWidget()
        self._pages.addWidget(opening)
        self._pages.addWidget(self._welcome)
        self._pages.addWidget(self._splitter)
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.notice)
        column.addWidget(self.banner)
        column.addWidget(self._pages, stretch=1)
        column.addWidget(self.index_progress)
        column.addWidget(self.progress)
        self.setCentralWidget(central)
        self._status = ElidedLabel(labels.tr(labels.OPENING))
        self._status.setContentsMargins(8, 0, 8, 0)
        self.statusBar().addWidget(self._status, 1)
        self.commands.fill(self.menuBar(), self.photo_actions.all())
        self.overlay = DropOverlay(self)
        self.setAcceptDrops(True)
        self.setWindowTitle(name)

    def _connect(self) -> None:
        commands = self.commands
        chooser = self.chooser
        chooser.folders_chosen.connect(self.folders_chosen)
        chooser.query_chosen.connect(self.query_chosen)
        chooser.trouble.connect(self.banner.show_message)
        commands.add_folder.triggered.connect(lambda: chooser.ask_for_folder(self))
        commands.open_picture.triggered.connect(chooser.ask_for_picture)
        commands.paste.triggered.connect(chooser.paste)
        commands.update_library.triggered.connect(self.update_requested)
        commands.failures.triggered.connect(self.failures_requested)
        commands.stop.triggered.connect(self.progress.ask_to_stop)
        commands.quit.triggered.connect(self.close)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, self._dismiss)
        self.photo_actions.trouble.connect(self.banner.show_message)
        self.photo_actions.like_this.connect(chooser.choose_picture)

    def _dismiss(self) -> None:
        """Take the last message away, or what is said of the index where there is none."""
        (self.notice if self.banner.isHidden() else self.banner).hide()

    def _arrange(self) -> None:
        if self._library:
            self._status.setText(messages.status(self._library, away=self._away, paused=self._paused))
        self.commands.show_paused(paused=self._paused)
        self.commands.set_enabled(self._library, indexing=self._indexing, moving=self._moving)
        self._pages.setCurrentWidget(self._splitter if self.can_search else self._welcome)
        if not self.can_search:
            self._welcome.button.setFocus()
