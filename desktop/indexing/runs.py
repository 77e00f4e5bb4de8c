"""The indexing runs that the user asked for."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Sequence
    from pathlib import Path

    from core.reports import Progress
    from desktop.engine_port import EnginePort
    from desktop.shell.library_status import StatusUpdates
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks


class IndexRuns(QObject):
    """Runs, and what may not happen beside one, in the order asked for; the window shows how far each has come.

    `awaited` says that something wants its turn, and `finished` that other photos can be found than before.
    """

    awaited = Signal()
    finished = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, status: StatusUpdates) -> None:
        """Start with nothing to do."""
        super().__init__()
        self._engine, self._shell, self._tasks, self._status = engine, shell, tasks, status
        self._turn = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()
        self._indexing: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        shell.progress.cancelled.connect(self.stop)

    @property
    def are_under_way(self) -> bool:
        """Tell whether there is work that has not ended."""
        return bool(self._runs)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Begin work that is to take its `turn` where it needs one."""
        self._shell.banner.hide()
        run = self._tasks.start(f"index {next(self._numbers)}", work)
        self._runs.add(run)
        run.add_done_callback(self._end)
        self._shell.library.set_indexing(True)
        return run

    def stop(self) -> None:
        """End the run under way and those that wait for it."""
        for run in self._runs:
            run.cancel()

    def stop_indexing(self) -> bool:
        """End only what indexes photos or waits to do so, and tell whether there was any."""
        stopped, self._indexing = self._indexing, set()
        for run in stopped:
            run.cancel()
        return bool(stopped)

    @property
    def spare_turn(self) -> asyncio.Lock:
        """Return what is to be held for a turn that is left to others as soon as one is `awaited`."""
        return self._turn

    async def ended(self) -> None:
        """Wait until there is nothing left to do."""
        while self._runs:
            await asyncio.wait(self._runs)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until nothing else is done to the photos of the library."""
        self.awaited.emit()
        async with self._turn:
            yield

    async def index(self, folders: Sequence[Path] | None) -> None:
        """Index folders (None: all), and show it. To be called in work that was started here."""
        run = asyncio.current_task()
        self._indexing |= self._runs & {run}
        try:
            async with self.turn():
                await self._index(folders)
        finally:
            self._indexing -= {run}
        self.finished.emit()

    async def _index(self, folders: Sequence[Path] | None) -> None:
        report = None
        self._shell.progress.start()
        try:
            report = await self._engine.index(folders, self._show_progress)
        finally:
            try:
                await self._status.tell()  # also of a run that failed: its folders are known by now
            finally:
                roots = self._status.last.roots if self._status.last else ()
                self._shell.progress.end(report, away=sum(not root.online for root in roots))

    def _end(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        self._shell.library.set_indexing(bool(self._runs))

    def _show_progress(self, progress: Progress) -> None:
        self._shell.progress.show_progress(progress)
        self._status.ask_again()
