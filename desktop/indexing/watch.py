"""Keeps the library up to date while the window is open."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

if TYPE_CHECKING:
    import asyncio

    from desktop.engine_port import EnginePort
    from desktop.indexing.background_runs import BackgroundRuns
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks


class WatchController(QObject):
    """Indexes changes in the folders as they happen, if the user has enabled that."""

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: BackgroundRuns) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs = engine, shell, tasks, runs
        self._watch: asyncio.Task[None] | None = None

    def start_or_stop(self) -> None:
        """Start or stop watching the folders according to the settings. A read-only library is not watched."""
        if self._shell.library.is_read_only:
            return
        is_watching = self._watch is not None and not self._watch.done()
        if self._engine.settings.indexing.watch and not is_watching:
            self._watch = self._tasks.start_endless("watch", self._index_changes())
        elif self._watch and not self._engine.settings.indexing.watch:
            self._watch.cancel()
            self._watch = None
            self._runs.stop()

    async def _index_changes(self) -> None:
        async with contextlib.aclosing(self._engine.watch(self._shell.banner.show_message)) as stream:
            async for changes in stream:
                await self._runs.index_changes(changes)
