"""Ask the engine what the library contains and publish the answer."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from core.reports import LibraryStatus
    from desktop.engine_port import EnginePort
    from desktop.tasks import Tasks

MIN_INTERVAL_S = 2.0


class StatusUpdates(QObject):
    """Fetches the status of the library from the engine whenever something may have changed it.

    Emits `updated` with each `LibraryStatus`, and `root_returned` when a root that was offline is online again.
    """

    updated = Signal(object)
    root_returned = Signal()

    def __init__(self, engine: EnginePort, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._tasks = engine, tasks
        self._last: LibraryStatus | None = None
        self._next = 0.0

    @property
    def last(self) -> LibraryStatus | None:
        """Return the last status fetched, or None before the library is open."""
        return self._last

    async def refresh(self) -> None:
        """Fetch the status and emit it."""
        before, self._last = self._last, await self._engine.status()
        self.updated.emit(self._last)
        if before and _root_uuids(before, online=False) & _root_uuids(self._last, online=True):
            self.root_returned.emit()

    def start_refresh(self) -> None:
        """Fetch the status in the background."""
        self._tasks.start("status", self.refresh())

    def start_refresh_soon(self) -> None:
        """Fetch the status in the background, but at most once in two seconds."""
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + MIN_INTERVAL_S
            self.start_refresh()


def _root_uuids(status: LibraryStatus, *, online: bool) -> set[str]:
    return {each.root.uuid for each in status.roots if each.online == online}
