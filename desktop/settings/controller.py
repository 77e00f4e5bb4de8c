"""Opens the settings dialog, tests connections, and moves to another search index."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import SemblanceError
from desktop.settings.dialog import SettingsDialog
from desktop.texts import index_messages

if TYPE_CHECKING:
    from core.reports import Progress
    from desktop.engine_port import EnginePort
    from desktop.settings.search_index_page import ChosenIndex
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

MOVE = "move the search index"
TEST = "test a connection"


class SettingsController(QObject):
    """Connects the settings dialog to the engine. `moved` is emitted once another search index is in use."""

    moved = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._pending_move: ChosenIndex | None = None
        shell.actions.settings.triggered.connect(self._open)
        shell.actions.go_on.triggered.connect(self._resume_move)
        shell.index_progress.cancelled.connect(self._stop_move)

    def _open(self) -> None:
        dialog = SettingsDialog(self._shell.window, self._engine.settings.index, self._engine.search_index.types())
        dialog.test_requested.connect(partial(self._start_test, dialog))
        dialog.test_stopped.connect(self._stop_test)
        dialog.finished.connect(self._stop_test)
        dialog.move_requested.connect(self._start_move)
        dialog.open()

    def _start_test(self, dialog: SettingsDialog, chosen: ChosenIndex) -> None:
        self._tasks.start(TEST, self._test(dialog, chosen))

    def _stop_test(self) -> None:
        self._tasks.cancel(TEST)

    async def _test(self, dialog: SettingsDialog, chosen: ChosenIndex) -> None:
        test = dialog.page.test
        try:
            report = await self._engine.search_index.test(chosen.index, chosen.token)
        except SemblanceError as error:
            test.show_result(str(error), good=False)
        except Exception:
            test.reset()
            raise
        else:
            test.show_result(index_messages.connection(report), good=True)

    def _start_move(self, chosen: ChosenIndex) -> None:
        self._pending_move = chosen
        self._shell.banner.hide()
        self._tasks.start(MOVE, self._move(chosen))

    def _resume_move(self) -> None:
        if self._pending_move and not self._shell.library.is_moving:
            self._start_move(self._pending_move)

    def _stop_move(self) -> None:
        self._tasks.cancel(MOVE)

    async def _move(self, chosen: ChosenIndex) -> None:
        panel = self._shell.index_progress
        panel.start()
        self._shell.library.set_moving(True)
        try:
            report = await self._engine.search_index.move(chosen.index, chosen.token, self._show_progress)
        except asyncio.CancelledError:
            panel.end_with(index_messages.move_stopped(), can_go_on=True)
            raise
        except SemblanceError as error:
            panel.end(None)
            text = index_messages.not_moved(str(error))
            self._shell.banner.offer(text, self._shell.actions.go_on, self._shell.actions.settings)
        except Exception:
            panel.end(None)
            raise
        else:
            self._pending_move = None
            panel.end_with(index_messages.moved(report, chosen.index.uri))
            self.moved.emit()
        finally:
            self._shell.library.set_moving(False)

    def _show_progress(self, progress: Progress) -> None:
        self._shell.index_progress.show_count(index_messages.building(progress), progress.done, progress.total)
