"""Load the model right after the library was opened."""

from __future__ import annotations

import logging
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import VectorIndexError
from core.reports import Stage

if TYPE_CHECKING:
    from core.reports import Progress
    from desktop.engine_port import EnginePort
    from desktop.indexing.runs import IndexRuns
    from desktop.shell.index_status import IndexStatus
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "warm up"

logger = logging.getLogger(__name__)


class WarmUp(QObject):
    """Loads the model and completes the search index in the background. Shows the download of the model, if any.

    Emits `done` when that has succeeded, or when only the search index is unavailable: photos can be indexed then.
    """

    done = Signal()

    def __init__(
        self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: IndexRuns, search_index: IndexStatus
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs = engine, shell, tasks, runs
        self._search_index = search_index
        self._downloading = False
        shell.progress.cancelled.connect(self._stop)

    def start(self) -> None:
        """Start to load the model."""
        self._tasks.start(TASK, self._warm_up())

    def _stop(self) -> None:
        self._tasks.cancel(TASK)

    async def _warm_up(self) -> None:
        try:
            await self._engine.warm_up(self._show_download)
            logger.info("Ready to search")
        except VectorIndexError:
            if not self._search_index.is_unavailable:
                raise
        finally:
            if self._downloading and not self._runs.is_busy:
                self._shell.progress.end(None)
            self._downloading = False
        self.done.emit()

    def _show_download(self, progress: Progress) -> None:
        """Show the download of the weights, unless an indexing run already shows it."""
        if self._runs.is_busy or progress.stage is not Stage.DOWNLOADING:
            return
        if not self._downloading:
            self._downloading = True
            self._shell.progress.start()
        self._shell.progress.show_progress(progress)
