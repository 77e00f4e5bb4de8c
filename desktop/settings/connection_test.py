"""A button that tests the connection to a server, and the result of the test."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStyle, QVBoxLayout, QWidget

from desktop.texts import labels

BAR = (120, 8)


class ConnectionTest(QWidget):
    """A button that starts and stops a test, a busy bar, and the result.

    The widget does not test anything itself. `requested` and `stopped` tell its user to start or stop a test, and the
    user calls `show_result` when the test ends.
    """

    requested = Signal()
    stopped = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.button = QPushButton(labels.tr(labels.TEST))
        self.button.clicked.connect(self._toggle)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 0)
        self._bar.setFixedSize(*BAR)
        self._bar.setAccessibleName(labels.tr(labels.TESTING))
        self._icon = QLabel()
        self._result = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._result.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._result.setAccessibleName(labels.tr(labels.TEST_RESULT))
        line, result = QHBoxLayout(), QHBoxLayout()
        line.addWidget(self.button)
        line.addWidget(self._bar)
        line.addStretch()
        result.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        result.addWidget(self._result, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addLayout(result)
        self._is_busy = False
        self.reset()

    @property
    def result(self) -> str:
        """Return the result that is shown. It is empty if there is none."""
        return self._result.text()

    @property
    def is_busy(self) -> bool:
        """Return whether a test is running."""
        return self._is_busy

    def reset(self) -> None:
        """Stop a running test and hide the result, because they belong to earlier settings."""
        if self._is_busy:
            self.stopped.emit()
        self._show(busy=False)

    def show_result(self, text: str, *, good: bool) -> None:
        """End the test and show its result. `good` selects the icon."""
        self._show(text, busy=False)
        icon = QStyle.StandardPixmap.SP_DialogApplyButton if good else QStyle.StandardPixmap.SP_MessageBoxWarning
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self._icon.setPixmap(self.style().standardIcon(icon).pixmap(side, side))
        self._icon.show()
        self._result.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self._result, QAccessible.Event.Alert))

    def _toggle(self) -> None:
        if self._is_busy:
            self.reset()
        else:
            self._show(labels.tr(labels.TESTING), busy=True)
            self.requested.emit()

    def _show(self, text: str = "", *, busy: bool) -> None:
        self._is_busy = busy
        self.button.setText(labels.tr(labels.STOP_TEST if busy else labels.TEST))
        self._bar.setVisible(busy)
        self._icon.hide()
        self._result.setText(text)
        self._result.setVisible(bool(text))
