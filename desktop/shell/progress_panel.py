"""A strip at the bottom of the window that shows the progress and the result of one kind of work."""

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
    """Shows a line of text, a progress bar, and buttons to pause, stop or resume the work. Hidden without work.

    A controller calls `start`, then `show_progress` or `show_count`, and finally `end` or `end_with`. `cancelled` is
    emitted when the user presses Stop; the controller then stops the work. Work that the user cannot stop, such as the
    search index catching up, is shown with `show_passive` and removed with `end_passive`.
    """

    cancelled = Signal()

    def __init__(self, name: str, *, go_on: QAction | None = None, pause: QAction | None = None) -> None:
        """Build the panel, hidden.

        `name` is the accessible name of the progress bar. The `pause` action pauses or resumes running work, and the
        `go_on` action resumes work that was stopped.
        """
        super().__init__()
        self._text = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(name)
        self._bar.setMaximumHeight(8)
        self._stop = QPushButton(labels.tr(labels.STOP))
        self._stop.clicked.connect(self.ask_to_stop)
        self._pause = PauseButton(pause) if pause else None
        self._go_on = QPushButton(labels.tr(labels.GO_ON))
        if go_on:
            self._go_on.clicked.connect(go_on.trigger)
        self._close = QPushButton(labels.tr(labels.CLOSE))
        self._close.clicked.connect(self.hide)
        self._is_passive = False
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._text)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(16)
        row.addLayout(left, stretch=1)
        for button in (self._pause, self._stop, self._go_on, self._close):
            if button:
                row.addWidget(button)
        self.hide()

    @property
    def text(self) -> str:
        """Return the text that is shown."""
        return self._text.text()

    @property
    def is_passive(self) -> bool:
        """Return whether the panel shows work that the user cannot stop."""
        return self._is_passive

    def start(self) -> None:
        """Show that work has started."""
        self._text.setText(labels.tr(labels.STARTING))
        self._text.setToolTip("")
        self._bar.setRange(0, 0)
        self._arrange(running=True)

    def show_progress(self, progress: Progress) -> None:
        """Show the progress of an indexing run."""
        self.show_count(run_messages.progress(progress), progress.done, progress.total)
        if progress.hold is not Hold.RUNNING and not progress.total:
            self._bar.setRange(0, STEPS)  # a bar without a range would keep moving while the run is paused

    def show_count(self, text: str, done: int, total: int) -> None:
        """Show a text, and `done` of `total` as a bar. A `total` of 0 means that it is not known yet."""
        if not self._stop.isEnabled():
            return  # keep "Stopping" until the work has stopped
        self._text.setText(text)
        if not total:
            self._bar.setRange(0, 0)
            return
        self._bar.setRange(0, STEPS)  # not the total: the size of a large model in bytes overflows the bar's range
        self._bar.setValue(done * STEPS // total)

    def show_passive(self, text: str, done: int, total: int) -> None:
        """Show the progress of work that the user cannot stop, until `end_passive`."""
        self._arrange(running=True)
        self._stop.hide()
        self._text.setToolTip("")
        self.show_count(text, done, total)
        self._is_passive = True

    def end_passive(self) -> None:
        """Hide the panel if it shows work from `show_passive`. Other work stays visible."""
        if self._is_passive:
            self._is_passive = False
            self.hide()

    def end(self, report: IndexReport | None, *, offline: int = 0) -> None:
        """Show what an indexing run did. Hide the panel if there is no report.

        `offline` is the number of folders that are offline. The tool tip lists the first photos and folders that could
        not be read, with the reasons.
        """
        if report is None:
            self.hide()
            return
        failures = (*report.closed, *report.failed)
        reasons = "\n".join(messages.failure(failure) for failure in failures[:REASONS_SHOWN])
        self.end_with(run_messages.report(report, offline=offline))
        self._text.setToolTip(tip(reasons))

    def end_with(self, text: str, *, can_go_on: bool = False) -> None:
        """Show the result of the work and, with `can_go_on`, a button that resumes it."""
        self._text.setText(text)
        self._text.setToolTip("")
        self._arrange(running=False)
        self._go_on.setVisible(can_go_on)

    def ask_to_stop(self) -> None:
        """Emit `cancelled`, and show that the work is stopping."""
        self._stop.setEnabled(False)
        self._text.setText(labels.tr(labels.STOPPING))
        self.cancelled.emit()

    def _arrange(self, *, running: bool) -> None:
        self._is_passive = False
        self._bar.setVisible(running)
        if self._pause:
            self._pause.setVisible(running)
        self._stop.setVisible(running)
        self._stop.setEnabled(running)
        self._go_on.hide()
        self._close.setVisible(not running)
        self.show()
