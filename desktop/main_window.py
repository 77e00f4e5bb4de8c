"""The main window: lays out the shell, accepts drops, and remembers its size and position."""

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
from PySide6.QtWidgets import QHBoxLayout, QMainWindow, QVBoxLayout, QWidget

from desktop.shell.appearance import Appearance
from desktop.shell.drop_overlay import DropOverlay
from desktop.shell.shell import Shell
from desktop.texts import labels
from desktop.widgets.placeholder import Placeholder
from desktop.widgets.screen_fit import fitting

if TYPE_CHECKING:
    from desktop.shell.window_state import WindowState

SIZE = (1220, 840)


class MainWindow(QMainWindow):
    """Shows the shell's banners, pages, progress panels and status line, from top to bottom, beside the rail.

    Emits `painted` at every repaint, so the first one means that the window is visible, and `closed` when the user
    closes it.
    """

    painted = Signal()
    closed = Signal()

    def __init__(self, state: WindowState) -> None:
        super().__init__()
        self._state = state
        self.appearance = Appearance(self, state)
        self.shell = Shell(self, state)
        self.shell.add_view_actions([self.appearance.menu.menuAction()])
        self._build()
        self.resize(fitting(self, SIZE))
        state.restore_window(self)

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Accept the drag if it can be dropped, and show the overlay."""
        is_own = event.source() is not None  # photos on their way from the window to another program
        if not is_own and self.shell.accepts_drop(event.mimeData()):
            event.setDropAction(Qt.DropAction.CopyAction)
            event.accept()
            is_read_only = self.shell.library.is_read_only
            self.overlay.cover(labels.tr(labels.DROP_PICTURE if is_read_only else labels.DROP))

    def dragLeaveEvent(self, _: QDragLeaveEvent) -> None:
        """Hide the overlay, because the drag has left the window."""
        self.overlay.hide()

    def dropEvent(self, event: QDropEvent) -> None:
        """Pass what was dropped to the shell."""
        self.overlay.hide()
        event.setDropAction(Qt.DropAction.CopyAction)
        event.accept()
        self.shell.drop(event.mimeData())

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Keep the overlay as large as the window."""
        super().resizeEvent(event)
        self.overlay.setGeometry(self.rect())

    def paintEvent(self, event: QPaintEvent) -> None:
        """Emit `painted`."""
        super().paintEvent(event)
        self.painted.emit()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Save the layout, then emit `closed` so that the program ends."""
        self.shell.closing.emit()  # first, because a page may leave full screen
        self._state.save_window(self)
        event.accept()
        self.closed.emit()

    def _build(self) -> None:
        shell = self.shell
        name = QGuiApplication.applicationDisplayName()
        central = QWidget()
        column = QVBoxLayout(central)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(shell.library_notice)
        column.addWidget(shell.notice)
        column.addWidget(shell.banner)
        column.addWidget(shell.stack, stretch=1)
        column.addWidget(shell.index_progress)
        column.addWidget(shell.progress)
        row = QWidget()
        columns = QHBoxLayout(row)
        columns.setContentsMargins(0, 0, 0, 0)
        columns.setSpacing(0)
        columns.addWidget(shell.rail)
        columns.addWidget(central, stretch=1)
        self.setCentralWidget(row)
        opening = Placeholder()
        opening.show_text(name, "")
        shell.show_start_page(opening)
        shell.status_line.setContentsMargins(8, 0, 8, 0)
        self.statusBar().addWidget(shell.status_line, 1)
        shell.actions.quit.triggered.connect(self.close)
        QShortcut(QKeySequence(Qt.Key.Key_Escape), self, shell.dismiss)
        self.overlay = DropOverlay(self)
        self.setAcceptDrops(True)
        self.setWindowTitle(name)
