"""Adds, indexes and removes folders when the user asks for it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from core.errors import SemblanceError

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from pathlib import Path

    from desktop.engine_port import EnginePort
    from desktop.indexing.runs import IndexRuns
    from desktop.shell.library_status import StatusUpdates
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks


class IndexingController(QObject):
    """Adds, indexes and removes folders, and pauses indexing."""

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: IndexRuns, status: StatusUpdates) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs, self._status = engine, shell, tasks, runs, status
        shell.actions.update_library.triggered.connect(self.update)
        shell.actions.pause.triggered.connect(self._pause_or_resume)
        shell.progress.cancelled.connect(self._resume)  # a pause belongs to the work that the user has just stopped

    def add(self, folders: Sequence[Path]) -> None:
        """Add folders and index them once the current run has ended. This ends a pause."""
        self._resume()
        self._runs.start(self._add(folders))

    def update(self) -> None:
        """Index all folders again. This ends a pause."""
        self._resume()
        self._runs.start(self._runs.index(None))

    def index(self, folders: Sequence[Path]) -> None:
        """Index some folders again."""
        self._runs.start(self._runs.index(folders))

    def remove(self, folder: Path) -> asyncio.Task[None]:
        """Remove a folder from the library. A running indexing run is stopped and later resumed without it."""
        return self._runs.start(self._remove(folder, resume=self._runs.stop_indexing()))

    async def _add(self, folders: Sequence[Path]) -> None:
        roots = []
        for folder in folders:
            try:
                roots.append((await self._engine.add_folder(folder)).path)
            except SemblanceError as error:
                self._tasks.report(error)
        if roots:
            await self._status.refresh()
            await self._runs.index(roots)

    async def _remove(self, folder: Path, *, resume: bool) -> None:
        async with self._runs.turn():
            try:
                await self._engine.remove_folder(folder)
            finally:
                await self._status.refresh()
        self._runs.finished.emit()
        if resume:
            await self._runs.index(None)

    def _pause_or_resume(self) -> None:
        if self._engine.is_paused:
            self._resume()
        else:
            self._engine.pause()
            self._shell.library.set_paused(True)

    def _resume(self) -> None:
        if self._engine.is_paused:
            self._engine.resume()
            self._shell.library.set_paused(False)
