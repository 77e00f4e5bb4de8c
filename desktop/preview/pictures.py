"""Has pictures decoded by the engine, the one in sight first."""

from __future__ import annotations

import asyncio
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QImage

from core.errors import DecodeError, SemblanceError
from desktop.preview.picture_cache import PictureCache

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from desktop.engine_port import EnginePort
    from desktop.preview.picture_cache import PictureRequest
    from desktop.tasks import Tasks


class Pictures(QObject):
    """Decodes what was requested last, and keeps the pictures that were used last.

    `loaded` is emitted when a picture has been decoded, or cannot be.
    """

    loaded = Signal()

    def __init__(self, engine: EnginePort, tasks: Tasks, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._engine, self._tasks = engine, tasks
        self._unpacker = ThreadPoolExecutor(1, thread_name_prefix="semblance-preview")
        self._cache = PictureCache()
        self._errors: dict[Path | bytes, Exception] = {}
        self._wanted: Sequence[PictureRequest] = ()
        self._queue: list[PictureRequest] = []
        self._running: dict[PictureRequest, asyncio.Task[None]] = {}

    def request(self, wanted: Sequence[PictureRequest]) -> None:
        """Decode these pictures instead of those requested before: the first at once, the others one by one."""
        self._wanted = wanted
        self._queue = [request for request in wanted if self._must_decode(request)]
        for request in self._running.keys() - set(self._queue):
            self._running.pop(request).cancel()
        if self._queue and self._queue[0] == wanted[0] and wanted[0] not in self._running:
            self._start(wanted[0])  # without waiting for a neighbour that is being decoded
        self._continue()

    def best(self, request: PictureRequest) -> QImage | None:
        """Return the picture as sharp as it is available, or None."""
        return self._cache.best(request)

    def error(self, source: Path | bytes) -> Exception | None:
        """Return why a picture could not be decoded, or None if it could or has not been tried."""
        return self._errors.get(source)

    def clear(self) -> None:
        """Drop all pictures and requests. What could not be decoded is tried again when it is next requested."""
        self.request(())
        self._cache.clear()
        self._errors.clear()

    def _must_decode(self, request: PictureRequest) -> bool:
        return request.source not in self._errors and not self._cache.satisfies(request)

    def _continue(self) -> None:
        if self._queue and not self._running:
            self._start(self._queue[0])

    def _start(self, request: PictureRequest) -> None:
        self._running[request] = self._tasks.start(f"preview {hash(request)}", self._load(request))

    async def _load(self, request: PictureRequest) -> None:
        try:
            self._cache.put(request, await self._decoded(request), self._wanted)
        except SemblanceError as error:
            self._errors[request.source] = error
        except Exception as error:
            self._errors[request.source] = error
            self._finish(request)
            raise
        self._finish(request)

    async def _decoded(self, request: PictureRequest) -> QImage:
        data = await self._engine.preview(request.source, request.side)
        image = await asyncio.get_running_loop().run_in_executor(self._unpacker, _unpack, data)
        if image.isNull():
            raise DecodeError("The picture needs more memory than this computer has free.")
        return image

    def _finish(self, request: PictureRequest) -> None:
        del self._running[request]
        self._queue.remove(request)
        self._continue()
        self.loaded.emit()


def _unpack(data: bytes) -> QImage:
    return QImage.fromData(data).convertToFormat(QImage.Format.Format_RGB32)
