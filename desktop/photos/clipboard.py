"""Copies photos to the clipboard."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QGuiApplication, QImage

from core.errors import SemblanceError
from desktop.photos.transfer import mime_of

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from desktop.engine_port import EnginePort
    from desktop.photos.actions import PhotoActions
    from desktop.tasks import Tasks

TASK = "copy picture"
LARGEST_SIDE = 8192
"""In pixels, of a picture on the clipboard: 200 MB without compression."""


class PhotoClipboard(QObject):
    """Copies photos to the clipboard as files, and a single one also as a picture, as soon as that has been decoded."""

    def __init__(self, engine: EnginePort, tasks: Tasks, actions: PhotoActions) -> None:
        super().__init__()
        self._engine, self._tasks = engine, tasks
        actions.copy_requested.connect(self._copy)

    def _copy(self, photos: Sequence[Path]) -> None:
        self._tasks.cancel(TASK)
        QGuiApplication.clipboard().setMimeData(mime_of(photos))
        if len(photos) == 1:
            self._tasks.start(TASK, self._add_picture(photos[0]))

    async def _add_picture(self, photo: Path) -> None:
        try:
            picture = QImage.fromData(await self._engine.preview(photo, LARGEST_SIDE))
        except SemblanceError:
            return  # the file can be pasted all the same
        mime, clipboard = mime_of([photo]), QGuiApplication.clipboard()
        if clipboard.mimeData().urls() == mime.urls():  # otherwise, something else has been copied since
            mime.setImageData(picture)
            clipboard.setMimeData(mime)
