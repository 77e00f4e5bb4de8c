"""What the library holds, asked of the engine and told to whoever shows it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from core.reports import LibraryStatus
    from desktop.engine_port import EnginePort
    from desktop.tasks import Tasks

EVERY_S = 2.0


class StatusUpdates(QObject):
    """Says with `told` what the library holds now, as a `LibraryStatus`, and with `returned` that a folder is back."""

    told = Signal(object)
    returned = Signal()

    def __init__(self, engine: EnginePort, tasks: Tasks) -> None:
        """Start with nothing known."""
        super().__init__()
        self._engine, self._tasks = engine, tasks
        self._last: LibraryStatus | None = None
        self._next = 0.0

    @property
    def last(self) -> LibraryStatus | None:
        """Return what was told last; None before the library is open."""
        return self._last

    async def tell(self) -> None:
        """Ask, and tell."""
        before, self._last = self._last, await self._engine.status()
        self.told.emit(self._last)
        if before and _uuids(before, online=False) & _uuids(self._last, online=True):
            self.returned.emit()

    def ask(self) -> None:
        """Begin to ask."""
        self._tasks.start("status", self.tell())

    def ask_again(self) -> None:
        """Begin to ask, unless that was done a moment ago."""
        now = asyncio.get_running_loop().time()
        if now >= self._next:
            self._next = now + EVERY_S
            self.ask()


def _uuids(status: LibraryStatus, *, online: bool) -> set[str]:
    return {each.root.uuid for each in status.roots if each.online == online}
