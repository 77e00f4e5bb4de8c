"""Loads thumbnails of photos from the engine, and keeps the last ones in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from core.errors import SemblanceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from desktop.engine_port import EnginePort
    from desktop.tasks import Tasks

SIDE = 192
MAX_CONCURRENT = 4
MAX_CACHED = 256


class Thumbnails(QObject):
    """A cache of thumbnails as pixmaps.

    `loaded` comes with the path of a photo whose thumbnail has been loaded or has failed to load. `failed` is emitted
    before `loaded` if the engine cannot provide the thumbnail. `cleared` is emitted when thumbnails were
    removed, so that visible ones are requested again.
    """

    loaded = Signal(object)
    cleared = Signal()
    failed = Signal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        """Start without an engine. Nothing is loaded until `use` sets one."""
        super().__init__(parent)
        self._tasks = tasks
        self._engine: EnginePort | None = None
        self._ratio = 1.0
        self._queue: list[Path] = []
        self._fetching: set[Path] = set()
        self._pixmaps: OrderedDict[Path, QPixmap] = OrderedDict()

    def use(self, engine: EnginePort) -> None:
        """Load thumbnails from this engine from now on."""
        self._engine = engine

    def set_device_pixel_ratio(self, ratio: float) -> None:
        """Set the number of device pixels per logical pixel. A new ratio clears the cache."""
        if ratio != self._ratio:
            self._ratio = ratio
            self._remove_all()

    def pixmap(self, photo: Path) -> QPixmap | None:
        """Return the thumbnail of a photo: None if it is not loaded, a null pixmap if it could not be loaded."""
        if photo in self._pixmaps:
            self._pixmaps.move_to_end(photo)
        return self._pixmaps.get(photo)

    def request(self, photos: Sequence[Path]) -> None:
        """Load the thumbnails of these photos in this order. Cancel earlier requests for other photos."""
        requested = set(photos)
        for photo in self._fetching - requested:
            self._tasks.cancel(_task(photo))
        self._fetching &= requested
        self._queue = [photo for photo in photos if photo not in self._pixmaps and photo not in self._fetching]
        self._fetch_next()

    def clear(self) -> None:
        """Clear the cache and cancel all requests, because photos may have changed."""
        self._remove_all()
        self.cleared.emit()

    def clear_failed(self) -> None:
        """Remove the thumbnails that could not be loaded from the cache, so that they are tried again."""
        for photo in [photo for photo, pixmap in self._pixmaps.items() if pixmap.isNull()]:
            del self._pixmaps[photo]
        self.cleared.emit()

    def _remove_all(self) -> None:
        for photo in self._fetching:
            self._tasks.cancel(_task(photo))
        self._fetching.clear()
        self._queue.clear()
        self._pixmaps.clear()

    def _fetch_next(self) -> None:
        while self._engine and self._queue and len(self._fetching) < MAX_CONCURRENT:
            photo = self._queue.pop(0)
            self._fetching.add(photo)
            self._tasks.start(_task(photo), self._fetch(self._engine, photo))

    async def _fetch(self, engine: EnginePort, photo: Path) -> None:
        try:
            data = await engine.thumbnail(photo, round(SIDE * self._ratio))
        except SemblanceError:
            data = b""
            self.failed.emit()
        except Exception:
            self._store(photo, b"")  # or every scroll would request it again and report the same error
            raise
        self._store(photo, data)

    def _store(self, photo: Path, data: bytes) -> None:
        pixmap = QPixmap()
        pixmap.loadFromData(data)
        pixmap.setDevicePixelRatio(self._ratio)
        self._pixmaps[photo] = pixmap
        while len(self._pixmaps) > MAX_CACHED:
            self._pixmaps.popitem(last=False)
        self._fetching.discard(photo)
        self.loaded.emit(photo)
        self._fetch_next()


def _task(photo: Path) -> str:
    return f"thumbnail of {photo}"
