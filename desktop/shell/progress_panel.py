"""A strip at the bottom of the window: how far a piece of work has come, a way to stop it, and what it did."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout

from core.reports import Hold
from desktop.texts import labels, messages, run_messages
from desktop.widgets.pause_button import PauseButton
from desktop.widgets.tool_tips import tip

if TYPE_CHECKING:
    from PySide6.QtGui import QAction

    from core.reports import IndexReport, Progress

REASONS_SHOWN = 12
STEPS = 1000


class ProgressPanel(QFrame):
    """Hidden until there is work. `cancelled` asks for the work to be stopped."""

    cancelled = Signal()

    def __init__(self, name: str, *, go_on: QAction | None = None, pause: QAction | None = None) -> None:
        """Start hidden, under the name that a screen reader says.

        `pause` holds work that is under way or lets it go on, and `go_on` takes up work that was stopped.
        """
        super().__init__()
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(name)
        self._bar.setMaximumHeight(8)
        self._cancel = QPushButton(labels.tr(labels.CANCEL))
        self._cancel.clicked.connect(self.ask_to_stop)
        self._pause = PauseButton(pause) if pause else None
        self._go_on = QPushButton(labels.tr(labels.GO_ON))
        if go_on:
            self._go_on.clicked.connect(go_on.trigger)
        self._close = QPushButton(labels.tr(labels.CLOSE))
        self._close.clicked.connect(self.hide)
        self._is_aside = False
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._text)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(16)
        row.addLayout(left, stretch=1)
        for button in (self._pause, self._cancel, self._go_on, self._close):
            if button:
                row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """Return the line that is shown."""
        return self._text.text()

    @property
    def is_aside(self) -> bool:
        """Tell whether what is shown goes on by itself."""
        return self._is_aside

    def start(self) -> None:
        """Show that work has begun."""
        self._text.setText(labels.tr(labels.STARTING))
        self._text.setToolTip("")
        self._bar.setRange(0, 0)
        self._arrange(running=True)

    def show_progress(self, progress: Progress) -> None:
        """Show how far an indexing run has come."""
        self.show_count(run_messages.progress(progress), progress.done, progress.total)
        if progress.hold is not Hold.RUNNING and not progress.total:
            self._bar.setRange(0, STEPS)  # one without an end would go on moving

    def show_count(self, text: str, done: int, total: int) -> None:
        """Show how far the work has come, in words and as a bar."""
        if not self._cancel.isEnabled():
            return  # "Stopping" stays until the work has stopped
        self._text.setText(text)
        if not total:
            self._bar.setRange(0, 0)
            return
        self._bar.setRange(0, STEPS)  # and not the total itself: the bytes of a large model do not fit into the bar
        self._bar.setValue(done * STEPS // total)

    def show_aside(self, text: str, done: int, total: int) -> None:
        """Show how far work has come that goes on by itself and cannot be stopped, until `end_aside`."""
        self._arrange(running=True)
        self._cancel.hide()
        self._text.setToolTip("")
        self.show_count(text, done, total)
        self._is_aside = True

    def end_aside(self) -> None:
        """Show no longer what `show_aside` has shown; other work stays."""
        if self._is_aside:
            self._is_aside = False
            self.hide()

    def end(self, report: IndexReport | None, *, away: int = 0) -> None:
        """Show what the run did, or nothing where it did not come to that. `away` folders are not connected.

        The first reasons for what could not be read are in the tool tip.
        """
        if report is None:
            self.hide()
            return
        troubles = (*report.closed, *report.failed)
        reasons = "\n".join(messages.failure(failure) for failure in troubles[:REASONS_SHOWN])
        self.end_with(run_messages.report(report, away=away))
        self._text.setToolTip(tip(reasons))

    def end_with(self, text: str, *, can_go_on: bool = False) -> None:
        """Show what the work did, and a button that takes it up again where it was stopped."""
        self._text.setText(text)
        self._text.setToolTip("")
        self._arrange(running=False)
        self._go_on.setVisible(can_go_on)

    def ask_to_stop(self) -> None:
        """Ask once for the work to be stopped."""
        self._cancel.setEnabled(False)
        self._text.setText(labels.tr(labels.STOPPING))
        self.cancelled.emit()

    def _arrange(self, *, running: bool) -> None:
        self._is_aside = False
        self._bar.setVisible(running)
        if self._pause:
            self._pause.setVisible(running)
        self._cancel.setVisible(running)
        self._cancel.setEnabled(running)
        self._go_on.hide()
        self._close.setVisible(not running)
        self.show()
