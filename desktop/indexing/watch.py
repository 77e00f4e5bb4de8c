"""Keeping the library up to date while the window is open."""

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
    """Follows what changes in the folders, as long as the user wants that."""

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, runs: BackgroundRuns) -> None:
        """Wait to be told that the library is open."""
        super().__init__()
        self._engine, self._shell, self._tasks, self._runs = engine, shell, tasks, runs
        self._watch: asyncio.Task[None] | None = None

    def follow(self) -> None:
        """Begin to watch, or end it, as the settings say."""
        is_watching = self._watch is not None and not self._watch.done()
        if self._engine.settings.indexing.watch and not is_watching:
            self._watch = self._tasks.keep("watch", self._follow_changes())
        elif self._watch and not self._engine.settings.indexing.watch:
            self._watch.cancel()
            self._watch = None
            self._runs.stop()

    async def _follow_changes(self) -> None:
        async with contextlib.aclosing(self._engine.watch(self._shell.banner.show_message)) as all_changes:
            async for changes in all_changes:
                await self._runs.index(changes)
