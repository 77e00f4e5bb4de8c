"""Run the window's coroutines as named tasks, and report their errors in one place."""

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
    """Starts and cancels coroutines by name, and reports the errors that they raise.

    Starting a name again cancels the earlier task of that name. `failed` is emitted with a message for the user
    whenever a task raises an error.
    """

    failed = Signal(str)

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._named: dict[str, asyncio.Task[None]] = {}
        self._alive: set[asyncio.Task[None]] = set()
        self._endless: set[asyncio.Task[None]] = set()
        self._is_closed = False

    def start(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run a coroutine as a task, and cancel the earlier task of the same name. After `close`, nothing is run."""
        self.cancel(name)
        task = asyncio.get_running_loop().create_task(work, name=name)
        if self._is_closed:
            task.cancel()
        self._named[name] = task
        self._alive.add(task)
        task.add_done_callback(self._finish)
        return task

    def start_endless(self, name: str, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Run a coroutine that ends only when it is cancelled. `idle` does not wait for it."""
        task = self.start(name, work)
        self._endless.add(task)
        return task

    def cancel(self, name: str) -> None:
        """Cancel the task of this name, if there is one, without waiting for it to end."""
        if task := self._named.get(name):
            task.cancel()

    async def idle(self) -> None:
        """Wait until all tasks have ended, including tasks started meanwhile but not endless ones."""
        while busy := self._alive - self._endless:
            await asyncio.wait(busy)

    async def ended(self, name: str) -> None:
        """Wait until the task of this name and any that replaces it meanwhile have ended."""
        while task := self._named.get(name):
            await asyncio.wait({task})

    def cancel_all(self) -> None:
        """Cancel every task without waiting for them to end."""
        for task in self._alive:
            task.cancel()

    async def close(self) -> None:
        """Cancel every task and wait until all have ended. Tasks started later are cancelled before they run."""
        self._is_closed = True
        while self._alive:
            self.cancel_all()
            await asyncio.wait(self._alive)

    def report(self, error: BaseException) -> None:
        """Emit `failed` with a message for the user. Unexpected errors are also logged with their traceback."""
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
