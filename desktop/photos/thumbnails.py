"""Loads thumbnails of photos from the engine, and keeps the last ones in memory."""

from __future__ import annotations

from collections import OrderedDict
from typing import TYPE_CHECKING, NamedTuple

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from core.errors import SemblanceError

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from desktop.engine_port import EnginePort
    from desktop.tasks import Tasks

MAX_CONCURRENT = 4
MAX_BYTES = 96 << 20
"""The memory for pixmaps. The smallest thumbnails that fill a large screen twice need half of it."""

SIDES = range(192, 769, 64)
"""The longest sides that are asked for, in pixels. Few of them, so that a small change of size loads nothing."""


class _Thumbnail(NamedTuple):
    pixmap: QPixmap
    side: int

    @property
    def memory(self) -> int:
        return 4 * self.pixmap.width() * self.pixmap.height()


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
        self._queue: list[Path] = []
        self._side = SIDES[0]
        self._fetching: set[Path] = set()
        self._cached: OrderedDict[Path, _Thumbnail] = OrderedDict()
        self._memory = 0

    def use(self, engine: EnginePort) -> None:
        """Load thumbnails from this engine from now on."""
        self._engine = engine

    def pixmap(self, photo: Path) -> QPixmap | None:
        """Return the thumbnail of a photo in device pixels, which may be smaller than the side last requested.

        It is None if it is not loaded, and a null pixmap if it could not be loaded.
        """
        if photo not in self._cached:
            return None
        self._cached.move_to_end(photo)
        return self._cached[photo].pixmap

    def request(self, photos: Sequence[Path], side: int) -> None:
        """Load the thumbnails of these photos in this order. Cancel earlier requests for other photos.

        Their longest side is at least `side` device pixels, up to the largest of `SIDES`. Thumbnails that are smaller
        stay visible until they have been loaded again.
        """
        side = next((known for known in SIDES if known >= side), SIDES[-1])
        requested = set(photos) if side == self._side else set()
        self._side = side
        for photo in self._fetching - requested:
            self._tasks.cancel(_task(photo))
        self._fetching &= requested
        self._queue = [photo for photo in photos if self._must_load(photo)]
        self._fetch_next()

    def clear(self) -> None:
        """Clear the cache and cancel all requests, because photos may have changed."""
        for photo in self._fetching:
            self._tasks.cancel(_task(photo))
        self._fetching.clear()
        self._queue.clear()
        self._cached.clear()
        self._memory = 0
        self.cleared.emit()

    def clear_failed(self) -> None:
        """Remove the thumbnails that could not be loaded from the cache, so that they are tried again."""
        for photo in [photo for photo, cached in self._cached.items() if cached.pixmap.isNull()]:
            del self._cached[photo]
        self.cleared.emit()

    def _must_load(self, photo: Path) -> bool:
        cached = self._cached.get(photo)
        is_enough = cached is not None and (cached.side >= self._side or cached.pixmap.isNull())
        return not is_enough and photo not in self._fetching

    def _fetch_next(self) -> None:
        while self._engine and self._queue and len(self._fetching) < MAX_CONCURRENT:
            photo = self._queue.pop(0)
            self._fetching.add(photo)
            self._tasks.start(_task(photo), self._fetch(self._engine, photo, self._side))

    async def _fetch(self, engine: EnginePort, photo: Path, side: int) -> None:
        try:
            data = await engine.thumbnail(photo, side)
        except SemblanceError:
            data = b""
            self.failed.emit()
        except Exception:
            self._store(photo, b"", side)  # or every scroll would request it again and report the same error
            raise
        self._store(photo, data, side)

    def _store(self, photo: Path, data: bytes, side: int) -> None:
        pixmap = QPixmap()
        pixmap.loadFromData(data)
        if previous := self._cached.pop(photo, None):
            self._memory -= previous.memory
        self._cached[photo] = _Thumbnail(pixmap, side)
        self._memory += self._cached[photo].memory
        while self._memory > MAX_BYTES and len(self._cached) > 1:
            _, oldest = self._cached.popitem(last=False)
            self._memory -= oldest.memory
        self._fetching.discard(photo)
        self.loaded.emit(photo)
        self._fetch_next()


def _task(photo: Path) -> str:
    return f"thumbnail of {photo}"
