"""Notice that the user is working in the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

MIN_INTERVAL_S = 1.0
INPUT_EVENTS = frozenset(
    {QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin}
)


class UserActivity(QObject):
    """Emits `noticed`, at most once a second, when the user types, clicks, scrolls or taps in a window."""

    noticed = Signal()

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        super().__init__(window)
        self._clock = clock
        self._next = 0.0
        window.winId()  # creates the native window, which receives all input of its widgets
        window.windowHandle().installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Emit `noticed` for input events. No event is filtered out."""
        if event.type() in INPUT_EVENTS and self._clock() >= self._next:
            self._next = self._clock() + MIN_INTERVAL_S
            self.noticed.emit()
        return False
