"""The indexing runs that nobody asked for: they keep the library up to date."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer

from core.errors import SemblanceError
from core.reports import Hold, Stage

if TYPE_CHECKING:
    from core.reports import IndexReport, Progress
    from core.types import Changes
    from desktop.index_runs import IndexRuns
    from desktop.main_window import MainWindow
    from desktop.ports import PhotoEngine
    from desktop.status_updates import StatusUpdates
    from desktop.tasks import Tasks

TASK = "index what has changed"
SHOWN_AFTER_MS = 1500
READING = frozenset({Stage.PREVIEWING, Stage.EMBEDDING})


class QuietRuns(QObject):
    """Runs that wait for what the user asks for, and give way to it.

    One shows itself only if it has photos to read for long, or is held, and says what it did only if it was shown.
    """

    def __init__(
        self, engine: PhotoEngine, window: MainWindow, tasks: Tasks, runs: IndexRuns, status: StatusUpdates
    ) -> None:
        """Start with nothing to do."""
        super().__init__()
        self._engine, self._window, self._tasks, self._runs, self._status = engine, window, tasks, runs, status
        self._gives_way = self._is_shown = False
        self._progress: Progress | None = None
        self._told: set[type[SemblanceError]] = set()
        self._patience = QTimer(window, singleShot=True, interval=SHOWN_AFTER_MS)
        self._patience.timeout.connect(self._show)
        runs.awaited.connect(self._give_way)
        window.progress.cancelled.connect(self.stop)

    async def index(self, changes: Changes) -> None:
        """Index what may have changed. Returns when that is done, has failed, or was stopped by the user."""
        self._gives_way = True
        while self._gives_way:
            await self._runs.ended()
            self._gives_way = False
            await asyncio.wait({self._tasks.start(TASK, self._run(changes))})

    def stop(self) -> None:
        """End the run under way; what it would have done is left to a later one."""
        self._tasks.cancel(TASK)

    def _give_way(self) -> None:
        """End the run under way for one that the user wants; it is begun again after that."""
        self._gives_way = True
        self._tasks.cancel(TASK)

    async def _run(self, changes: Changes) -> None:
        async with self._runs.spare_turn:
            report = None
            try:
                report = await self._engine.index(None, self._note, changes)
            except SemblanceError as error:
                self._tell(error)
            finally:
                self._end(report)
        if report is None or self._gives_way:
            return
        if not report.cancelled:
            self._told.clear()
        await self._status.tell()
        if report.indexed + report.reused + report.moved + report.removed:
            self._runs.finished.emit()

    def _note(self, progress: Progress) -> None:
        self._progress = progress
        if self._is_shown:
            self._window.progress.show_progress(progress)
            self._status.ask_again()
        elif progress.hold is Hold.RUNNING and (progress.stage not in READING or not progress.total):
            self._patience.stop()
        elif not self._patience.isActive():
            self._patience.start()

    def _show(self) -> None:
        self._is_shown = True
        self._window.progress.start()
        self._window.show_indexing(indexing=True)
        if self._progress:
            self._window.progress.show_progress(self._progress)

    def _end(self, report: IndexReport | None) -> None:
        self._patience.stop()
        if self._is_shown:
            self._is_shown = False
            self._window.progress.end(None if self._gives_way else report)
            self._window.show_indexing(indexing=self._runs.are_under_way)

    def _tell(self, error: SemblanceError) -> None:
        """Tell of a trouble, unless that was done and no run has gone well since."""
        if type(error) not in self._told:
            self._told.add(type(error))
            self._tasks.report(error)
