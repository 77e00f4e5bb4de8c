"""The background run that lets a new version of the model read all photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.reports import Stage

if TYPE_CHECKING:
    from core.reports import Progress
    from desktop.engine_port import EnginePort
    from desktop.indexing.runs import IndexRuns
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "upgrade the model"


class ModelUpgrade(QObject):
    """Replaces an old version of the model in the background, and shows the progress. It answers until then.

    All indexing runs come first, and the upgrade continues after them.
    """

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: IndexRuns) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs = engine, shell, tasks, runs
        self._is_running = self._is_shown = False
        shell.progress.cancelled.connect(self._stop)

    def start(self) -> None:
        """Start the upgrade if there is one, after the runs that are under way."""
        if not self._shell.library.is_read_only:
            self._tasks.start(TASK, self._run())

    def give_way(self) -> None:
        """Let a run that is about to start go first."""
        if self._is_running:
            self.start()

    def _stop(self) -> None:
        if self._is_running:
            self._tasks.cancel(TASK)

    async def _run(self) -> None:
        has_replaced = None
        while has_replaced is None:
            await self._runs.wait_until_done()
            async with self._runs.background_turn:
                if not self._runs.is_busy:  # another run may have been started while this waited for its turn
                    has_replaced = await self._upgrade()
        if has_replaced:
            self._runs.finished.emit()

    async def _upgrade(self) -> bool:
        self._is_running = True
        try:
            return await self._engine.upgrade_model(self._show)
        finally:
            self._is_running = False
            self._end()

    def _show(self, progress: Progress) -> None:
        if not self._is_shown and progress.stage is Stage.UPGRADING and progress.total:
            self._is_shown = True
            self._shell.progress.start()
            self._shell.library.set_indexing_in_background(True)
        if self._is_shown:
            self._shell.progress.show_progress(progress)

    def _end(self) -> None:
        if self._is_shown:
            self._is_shown = False
            self._shell.progress.end(None)
            self._shell.library.set_indexing_in_background(False)
