"""Whether somebody sits at the window."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, Signal

if TYPE_CHECKING:
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

EVERY_S = 1.0
DEEDS = frozenset({QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.Wheel, QEvent.Type.TouchBegin})


class UserActivity(QObject):
    """Says with `noticed` that the user does something in a window, at most once a second."""

    noticed = Signal()

    def __init__(self, window: QWidget, clock: Callable[[], float] = time.monotonic) -> None:
        """Look at all that comes to a window."""
        super().__init__(window)
        self._clock = clock
        self._next = 0.0
        window.winId()  # makes what belongs to it in the window system, where all of its input comes in
        window.windowHandle().installEventFilter(self)

    def eventFilter(self, _: QObject, event: QEvent) -> bool:
        """Take note, and let the event go on."""
        if event.type() in DEEDS and self._clock() >= self._next:
            self._next = self._clock() + EVERY_S
            self.noticed.emit()
        return False
