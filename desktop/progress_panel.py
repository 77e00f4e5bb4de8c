"""A strip at the bottom of the window: how far indexing has come, a way to stop it, and in the end what was done."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QProgressBar, QPushButton, QVBoxLayout, QWidget

from desktop import labels, messages

if TYPE_CHECKING:
    from core.types import IndexReport, Progress

REASONS_SHOWN = 12
STEPS = 1000


class ProgressPanel(QFrame):
    """Hidden until the first run. `cancelled` asks for the run to be stopped."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        """Start hidden."""
        super().__init__(parent)
        self._text = QLabel(textFormat=Qt.TextFormat.PlainText)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setAccessibleName(labels.tr(labels.INDEXING))
        self._bar.setMaximumHeight(8)
        self._cancel = QPushButton(labels.tr(labels.CANCEL))
        self._cancel.clicked.connect(self.ask_to_stop)
        self._close = QPushButton(labels.tr(labels.CLOSE))
        self._close.clicked.connect(self.hide)
        left = QVBoxLayout()
        left.setSpacing(6)
        left.addWidget(self._text)
        left.addWidget(self._bar)
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        row.setSpacing(16)
        row.addLayout(left, stretch=1)
        row.addWidget(self._cancel)
        row.addWidget(self._close)
        self.hide()

    @property
    def text(self) -> str:
        """Return the line that is shown."""
        return self._text.text()

    def start(self) -> None:
        """Show that a run has begun."""
        self._text.setText(labels.tr(labels.STARTING))
        self._text.setToolTip("")
        self._bar.setRange(0, 0)
        self._set_running(True)

    def show_progress(self, progress: Progress) -> None:
        """Show how far the run has come."""
        if not self._cancel.isEnabled():
            return  # "Stopping" stays until the run has stopped
        self._text.setText(messages.progress(progress))
        if not progress.total:
            self._bar.setRange(0, 0)
            return
        self._bar.setRange(0, STEPS)  # and not the total itself: the bytes of a large model do not fit into the bar
        self._bar.setValue(progress.done * STEPS // progress.total)

    def end(self, report: IndexReport | None) -> None:
        """Show what the run did, or nothing where it did not come to that.

        The first reasons for photos that could not be read are in the tool tip.
        """
        if report is None:
            self.hide()
            return
        self._text.setText(messages.report(report))
        self._text.setToolTip("\n".join(messages.failure(failure) for failure in report.failed[:REASONS_SHOWN]))
        self._set_running(False)

    def _set_running(self, running: bool) -> None:
        self._bar.setVisible(running)
        self._cancel.setVisible(running)
        self._cancel.setEnabled(running)
        self._close.setVisible(not running)
        self.show()

    def ask_to_stop(self) -> None:
        """Ask once for the run to be stopped."""
        self._cancel.setEnabled(False)
        self._text.setText(labels.tr(labels.STOPPING))
        self.cancelled.emit()
