"""The window's coroutines: started by name, ended by name, and one path for what goes wrong in them."""

from __future__ import annotations

import asyncio
import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import SemblanceError
from desktop.texts import messages

if TYPE_CHECKING:
    from collections.abc import Coroutine

logger = logging.getLogger(__name__)


class Tasks(QObject):
    """Named tasks of the running loop. Starting a name again cancels the last task of that name."""

    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        """Start with no task."""
        super().__init__(parent)
        self._named: dict[str, asyncio.Task[None]] = {}
        self._alive: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()

    def start(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run a coroutine in the place of the last one of this name."""
        self.cancel(name)
        task = asyncio.get_running_loop().create_task(work, name=name)
        self._named[name] = task
        self._alive.add(task)
        task.add_done_callback(self._finish)
        return task

    def keep(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run a coroutine that ends only when it is cancelled, so that nobody waits for it to be done."""
        task = self.start(name, work)
        self._endless.add(task)
        return task

    def cancel(self, name: str) -> None:
        """Ask the task of this name to end; nothing happens where there is none."""
        if task := self._named.get(name):
            task.cancel()

    async def idle(self) -> None:
        """Wait until every task has ended that has an end of its own, also those that were started meanwhile."""
        while busy := self._alive - self._endless:
            await asyncio.wait(busy)

    async def ended(self, name: str) -> None:
        """Wait until there is no task of this name, nor one that was started in its place."""
        while task := self._named.get(name):
            await asyncio.wait({task})

    def cancel_all(self) -> None:
        """Ask every task to end."""
        for task in self._alive:
            task.cancel()

    async def close(self) -> None:
        """Cancel every task and wait until the last one has ended."""
        while self._alive:
            self.cancel_all()
            await asyncio.wait(self._alive)

    def report(self, error: BaseException) -> None:
        """Tell the user what went wrong; what nobody foresaw is also logged with its traceback."""
        if isinstance(error, SemblanceError):
            self.failed.emit(str(error))
            return
        logger.error("Unexpected error", exc_info=error)
        self.failed.emit(messages.unexpected(error))

    def _finish(self, task: asyncio.Task[None]) -> None:
        self._alive.discard(task)
        self._endless.discard(task)
        if self._named.get(task.get_name()) is task:
            del self._named[task.get_name()]
        if not task.cancelled() and (error := task.exception()):
            self.report(error)
