"""Indexing runs in the background, which keep the library up to date."""

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

TASK = "index changes"
SHOW_DELAY_MS = 1500
SCAN_SHOW_DELAY_MS = 5000
READING_STAGES = frozenset({Stage.PREVIEWING, Stage.EMBEDDING})


class BackgroundRuns(QObject):
    """Indexes changes in the background. The runs of the user come first and interrupt a background run.

    The window shows the progress only if scanning or reading photos takes long, or if the run is paused. It shows a
    report only if it showed the progress and something has changed.

    `starting` is emitted before a run waits for its turn. `no_changes_found` is emitted after a scan of complete roots
    that found no changes. Thumbnails that failed before may load now, because the scan may mean that a drive is online
    again.
    """

    starting = Signal()
    no_changes_found = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: IndexRuns, status: StatusUpdates) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs, self._status = engine, shell, tasks, runs, status
        self._is_due = self._is_shown = False
        self._changes = Changes()
        self._progress: Progress | None = None
        self._reported: set[type[SemblanceError]] = set()
        self._show_timer = QTimer(shell, singleShot=True)
        self._show_timer.timeout.connect(self._show)
        runs.turn_requested.connect(self._interrupt)
        shell.progress.cancelled.connect(self.stop)

    async def index_changes(self, changes: Changes) -> None:
        """Index these changes. Return once they are indexed, the run has failed, or the user has stopped it.

        Changes whose run has failed are indexed again together with the next ones.
        """
        self._changes = Changes(self._changes.paths | changes.paths, self._changes.roots | changes.roots)
        self._is_due = True
        while self._is_due:
            await self._runs.wait_until_done()
            self._is_due = False
            if self._changes != Changes():
                await asyncio.wait({self._tasks.start(TASK, self._run())})

    def stop(self) -> None:
        """Stop the current run, and drop the complete roots that are still to be scanned."""
        self._changes = replace(self._changes, roots=frozenset())  # or the next run would scan the stopped root again
        self._tasks.cancel(TASK)

    def _interrupt(self) -> None:
        """Stop the current run in favour of one that the user started. It runs again afterwards."""
        self._is_due = True
        self._tasks.cancel(TASK)

    async def _run(self) -> None:
        self.starting.emit()
        async with self._runs.background_turn:
            report = None
            try:
                report = await self._engine.index(None, self._on_progress, self._changes)
            except SemblanceError as error:
                self._report(error)
            except Exception:
                self._changes = Changes()  # or a bug could fail every later run as well
                raise
            finally:
                self._finish(report)
        if report is None or self._is_due:
            return
        scanned_roots, self._changes = bool(self._changes.roots), Changes()
        if not report.cancelled:
            self._reported.clear()
        await self._status.refresh()
        if report.has_changed:
            self._runs.finished.emit()
        elif scanned_roots:
            self.no_changes_found.emit()

    def _on_progress(self, progress: Progress) -> None:
        self._progress = progress
        if self._is_shown:
            self._shell.progress.show_progress(progress)
            self._status.start_refresh_soon()
        elif (delay := _show_delay_ms(progress)) is None:
            self._show_timer.stop()
        elif not self._show_timer.isActive() or self._show_timer.interval() != delay:
            self._show_timer.start(delay)

    def _show(self) -> None:
        self._is_shown = True
        self._shell.progress.start()
        self._shell.library.set_indexing_in_background(True)
        if self._progress:
            self._shell.progress.show_progress(self._progress)

    def _finish(self, report: IndexReport | None) -> None:
        self._show_timer.stop()
        if self._is_shown:
            self._is_shown = False
            has_result = report is not None and (report.has_changed or report.cancelled) and not self._is_due
            self._shell.progress.end(report if has_result else None)
            self._shell.library.set_indexing_in_background(False)

    def _report(self, error: SemblanceError) -> None:
        """Show an error, unless one of the same type was shown and no run has succeeded since."""
        if type(error) not in self._reported:
            self._reported.add(type(error))
            self._tasks.report(error)


def _show_delay_ms(progress: Progress) -> int | None:
    """Return the delay before the window shows a run with this progress, or None if it does not show it."""
    if progress.hold is not Hold.RUNNING or (progress.stage in READING_STAGES and progress.total):
        return SHOW_DELAY_MS
    return SCAN_SHOW_DELAY_MS if progress.stage is Stage.SCANNING else None
