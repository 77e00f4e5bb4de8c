"""The Qt application, which macOS asks to open pictures. Other systems name them in the arguments of a start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, Signal
from PySide6.QtGui import QFileOpenEvent
from PySide6.QtWidgets import QApplication

from desktop.paths import to_path

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path


class Application(QApplication):
    """Emits `picture_waiting` when macOS asks to open a picture, which may be before there is a window."""

    picture_waiting = Signal()

    def __init__(self, arguments: Sequence[str]) -> None:
        super().__init__(arguments)
        self._picture: Path | None = None

    def take_picture(self) -> Path | None:
        """Return the last picture to open, only once, or None."""
        picture, self._picture = self._picture, None
        return picture

    def event(self, event: QEvent) -> bool:
        """Keep the picture of a request to open one. Pictures that are not files are ignored."""
        if not isinstance(event, QFileOpenEvent):
            return super().event(event)
        if picture := to_path(event.url()):
            self._picture = picture
            self.picture_waiting.emit()
        return True
