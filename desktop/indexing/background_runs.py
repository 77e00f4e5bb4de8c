"""The indexing runs that nobody asked for: they keep the library up to date."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QTimer, Signal

from core.errors import SemblanceError
from core.reports import Hold, Stage
from core.types import Changes

if TYPE_CHECKING:
    from core.reports import IndexReport, Progress
    from desktop.engine_port import EnginePort
    from desktop.indexing.runs import IndexRuns
    from desktop.shell.library_status import StatusUpdates
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "index what has changed"
SHOWN_AFTER_MS = 1500
SCAN_SHOWN_AFTER_MS = 5000
READING = frozenset({Stage.PREVIEWING, Stage.EMBEDDING})


class BackgroundRuns(QObject):
    """Runs that wait for what the user asks for, and give way to it.

    One shows itself only if it looks for photos or reads them for long, or is held. It says what it did only if it was
    shown and there is something to say. `looked_through` says that one has found a whole folder as it was: also that
    its drives are back, perhaps.
    """

    looked_through = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: IndexRuns, status: StatusUpdates) -> None:
        """Start with nothing to do."""
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs, self._status = engine, shell, tasks, runs, status
        self._gives_way = self._is_shown = False
        self._changes = Changes()
        self._progress: Progress | None = None
        self._told: set[type[SemblanceError]] = set()
        self._patience = QTimer(shell, singleShot=True)
        self._patience.timeout.connect(self._show)
        runs.awaited.connect(self._give_way)
        shell.progress.cancelled.connect(self.stop)

    async def index(self, changes: Changes) -> None:
        """Index what may have changed. Returns when that is done, has failed, or was stopped by the user.

        What has failed is done again with the next changes.
        """
        self._changes = Changes(self._changes.paths | changes.paths, self._changes.roots | changes.roots)
        self._gives_way = True
        while self._gives_way:
            await self._runs.ended()
            self._gives_way = False
            if self._changes != Changes():
                await asyncio.wait({self._tasks.start(TASK, self._run())})

    def stop(self) -> None:
        """End the run under way. Of what waits for its turn, whole folders are left to a later run too."""
        self._changes = replace(self._changes, roots=frozenset())  # or the folder whose run was stopped begins anew
        self._tasks.cancel(TASK)

    def _give_way(self) -> None:
        """End the run under way for one that the user wants; it is begun again after that."""
        self._gives_way = True
        self._tasks.cancel(TASK)

    async def _run(self) -> None:
        async with self._runs.spare_turn:
            report = None
            try:
                report = await self._engine.index(None, self._note, self._changes)
            except SemblanceError as error:
                self._tell(error)
            except Exception:
                self._changes = Changes()  # what nobody foresaw might happen again and again
                raise
            finally:
                self._end(report)
        if report is None or self._gives_way:
            return
        looked_through, self._changes = bool(self._changes.roots), Changes()
        if not report.cancelled:
            self._told.clear()
        await self._status.tell()
        if report.has_changed:
            self._runs.finished.emit()
        elif looked_through:
            self.looked_through.emit()

    def _note(self, progress: Progress) -> None:
        self._progress = progress
        if self._is_shown:
            self._shell.progress.show_progress(progress)
            self._status.ask_again()
        elif (patience := _patience(progress)) is None:
            self._patience.stop()
        elif not self._patience.isActive() or self._patience.interval() != patience:
            self._patience.start(patience)

    def _show(self) -> None:
        self._is_shown = True
        self._shell.progress.start()
        self._shell.library.set_indexing(True)
        if self._progress:
            self._shell.progress.show_progress(self._progress)

    def _end(self, report: IndexReport | None) -> None:
        self._patience.stop()
        if self._is_shown:
            self._is_shown = False
            has_news = report is not None and (report.has_changed or report.cancelled) and not self._gives_way
            self._shell.progress.end(report if has_news else None)
            self._shell.library.set_indexing(self._runs.are_under_way)

    def _tell(self, error: SemblanceError) -> None:
        """Tell of a trouble, unless that was done and no run has gone well since."""
        if type(error) not in self._told:
            self._told.add(type(error))
            self._tasks.report(error)


def _patience(progress: Progress) -> int | None:
    """Return after how many milliseconds a run like this is shown; None: not at all."""
    if progress.hold is not Hold.RUNNING or (progress.stage in READING and progress.total):
        return SHOWN_AFTER_MS
    return SCAN_SHOWN_AFTER_MS if progress.stage is Stage.SCANNING else None
