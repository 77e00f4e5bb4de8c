"""Small pictures of photos: fetched from the engine for what is in sight, and kept within bounds."""

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
AT_ONCE = 4
KEPT = 256


class Thumbnails(QObject):
    """Pixmaps of photos. `loaded` says that one has come, or that it never will; `missed` that it will not."""

    loaded = Signal(object)
    missed = Signal()

    def __init__(self, tasks: Tasks, parent: QObject | None = None) -> None:
        """Start empty; nothing is fetched before an engine is there."""
        super().__init__(parent)
        self._tasks = tasks
        self._engine: EnginePort | None = None
        self._ratio = 1.0
        self._wanted: list[Path] = []
        self._fetching: set[Path] = set()
        self._pixmaps: OrderedDict[Path, QPixmap] = OrderedDict()

    def use(self, engine: EnginePort) -> None:
        """Fetch from this engine from now on."""
        self._engine = engine

    def set_device_pixel_ratio(self, ratio: float) -> None:
        """Fetch pictures for a screen with this many pixels to a point."""
        if ratio != self._ratio:
            self._ratio = ratio
            self._pixmaps.clear()

    def pixmap(self, photo: Path) -> QPixmap | None:
        """Return the picture of a photo: None when it has not come yet, a null one when it cannot be shown."""
        if photo in self._pixmaps:
            self._pixmaps.move_to_end(photo)
        return self._pixmaps.get(photo)

    def want(self, photos: Sequence[Path]) -> None:
        """Fetch these photos, first things first, and forget what was wanted before and has not come."""
        wanted = set(photos)
        for photo in self._fetching - wanted:
            self._tasks.cancel(_task(photo))
        self._fetching &= wanted
        self._wanted = [photo for photo in photos if photo not in self._pixmaps and photo not in self._fetching]
        self._fetch_next()

    def forget(self) -> None:
        """Fetch every photo again when it is next wanted, as it may have changed."""
        self._pixmaps.clear()

    def forget_missed(self) -> None:
        """Fetch those that could not be shown again when they are next wanted."""
        for photo in [photo for photo, pixmap in self._pixmaps.items() if pixmap.isNull()]:
            del self._pixmaps[photo]

    def _fetch_next(self) -> None:
        while self._engine and self._wanted and len(self._fetching) < AT_ONCE:
            photo = self._wanted.pop(0)
            self._fetching.add(photo)
            self._tasks.start(_task(photo), self._fetch(self._engine, photo))

    async def _fetch(self, engine: EnginePort, photo: Path) -> None:
        try:
            data = await engine.thumbnail(photo, round(SIDE * self._ratio))
        except SemblanceError:
            data = b""
            self.missed.emit()
        except Exception:
            self._keep(photo, b"")  # or it would be asked for, and reported, at every turn of the wheel
            raise
        self._keep(photo, data)

    def _keep(self, photo: Path, data: bytes) -> None:
        pixmap = QPixmap()
        pixmap.loadFromData(data)
        pixmap.setDevicePixelRatio(self._ratio)
        self._pixmaps[photo] = pixmap
        while len(self._pixmaps) > KEPT:
            self._pixmaps.popitem(last=False)
        self._fetching.discard(photo)
        self.loaded.emit(photo)
        self._fetch_next()


def _task(photo: Path) -> str:
    return f"thumbnail of {photo}"
