"""Indexing runs that the user started."""

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
    """Runs indexing and other work on the library one after another, and shows the progress in the window.

    `turn_requested` is emitted when work requests its turn. `finished` is emitted when searches may give other results
    than before.
    """

    turn_requested = Signal()
    finished = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, status: StatusUpdates) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._status = engine, shell, tasks, status
        self._lock = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()
        self._indexing: set[asyncio.Task[None]] = set()
        self._numbers = itertools.count(1)
        shell.progress.cancelled.connect(self.stop)

    @property
    def is_busy(self) -> bool:
        """Return whether any work is running or waiting for its turn."""
        return bool(self._runs)

    def start(self, work: Coroutine[object, object, None]) -> asyncio.Task[None]:
        """Start work in a task. It has to request a `turn` for everything that must not run beside indexing."""
        self._shell.banner.hide()
        run = self._tasks.start(f"index {next(self._numbers)}", work)
        self._runs.add(run)
        run.add_done_callback(self._finish)
        self._shell.library.set_indexing(True)
        return run

    def stop(self) -> None:
        """Cancel all work, running or waiting."""
        for run in self._runs:
            run.cancel()

    def stop_indexing(self) -> bool:
        """Cancel all indexing runs, running or waiting, but no other work. Return whether there was any."""
        stopped, self._indexing = self._indexing, set()
        for run in stopped:
            run.cancel()
        return bool(stopped)

    @property
    def background_turn(self) -> asyncio.Lock:
        """Return the lock for background work, which must release it soon after every `turn_requested`."""
        return self._lock

    async def wait_until_done(self) -> None:
        """Wait until no work is running or waiting."""
        while self._runs:
            await asyncio.wait(self._runs)

    @contextlib.asynccontextmanager
    async def turn(self) -> AsyncIterator[None]:
        """Wait until no other work uses the library, and keep others out until the context ends."""
        self.turn_requested.emit()
        async with self._lock:
            yield

    async def index(self, folders: Sequence[Path] | None) -> None:
        """Index these folders, or all if None, and show the progress. Call it only in work passed to `start`."""
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
                await self._status.refresh()  # also if the run failed, because it may have added folders
            finally:
                roots = self._status.last.roots if self._status.last else ()
                self._shell.progress.end(report, offline=sum(not root.online for root in roots))

    def _finish(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        self._shell.library.set_indexing(bool(self._runs))

    def _show_progress(self, progress: Progress) -> None:
        self._shell.progress.show_progress(progress)
        self._status.start_refresh_soon()
