"""A button that asks a server whether it can be used, and its answer."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAccessible, QAccessibleEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QStyle, QVBoxLayout, QWidget

from desktop.texts import labels

BAR = (120, 8)


class ConnectionTest(QWidget):
    """Asks, shows that the answer is awaited, and shows it. `asked` and `stopped` are for who does the asking."""

    asked = Signal()
    stopped = Signal()

    def __init__(self) -> None:
        """Start with nothing asked."""
        super().__init__()
        self.button = QPushButton(labels.tr(labels.TEST))
        self.button.clicked.connect(self._toggle)
        self._bar = QProgressBar(textVisible=False)
        self._bar.setRange(0, 0)
        self._bar.setFixedSize(*BAR)
        self._bar.setAccessibleName(labels.tr(labels.TESTING))
        self._icon = QLabel()
        self._answer = QLabel(wordWrap=True, textFormat=Qt.TextFormat.PlainText)
        self._answer.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self._answer.setAccessibleName(labels.tr(labels.TEST_RESULT))
        line, answer = QHBoxLayout(), QHBoxLayout()
        line.addWidget(self.button)
        line.addWidget(self._bar)
        line.addStretch()
        answer.addWidget(self._icon, alignment=Qt.AlignmentFlag.AlignTop)
        answer.addWidget(self._answer, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(line)
        column.addLayout(answer)
        self._is_busy = False
        self.forget()

    @property
    def answer(self) -> str:
        """Return the answer that is shown."""
        return self._answer.text()

    @property
    def is_busy(self) -> bool:
        """Tell whether an answer is awaited."""
        return self._is_busy

    def forget(self) -> None:
        """Show no answer: what was asked about is not what would be asked about now."""
        if self._is_busy:
            self.stopped.emit()
        self._show(busy=False)

    def show_answer(self, text: str, *, good: bool) -> None:
        """Show what came of it."""
        self._show(text, busy=False)
        icon = QStyle.StandardPixmap.SP_DialogApplyButton if good else QStyle.StandardPixmap.SP_MessageBoxWarning
        side = self.style().pixelMetric(QStyle.PixelMetric.PM_SmallIconSize)
        self._icon.setPixmap(self.style().standardIcon(icon).pixmap(side, side))
        self._icon.show()
        self._answer.setAccessibleDescription(text)
        QAccessible.updateAccessibility(QAccessibleEvent(self._answer, QAccessible.Event.Alert))

    def _toggle(self) -> None:
        if self._is_busy:
            self.forget()
        else:
            self._show(labels.tr(labels.TESTING), busy=True)
            self.asked.emit()

    def _show(self, text: str = "", *, busy: bool) -> None:
        self._is_busy = busy
        self.button.setText(labels.tr(labels.STOP_TEST if busy else labels.TEST))
        self._bar.setVisible(busy)
        self._icon.hide()
        self._answer.setText(text)
        self._answer.setVisible(bool(text))
