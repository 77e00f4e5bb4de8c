"""The settings dialog's work: testing a server, and moving to another search index."""

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
    from desktop.settings.index_choice import IndexChoice
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

MOVE = "move the search index"
TEST = "test a connection"


class SettingsController(QObject):
    """Connects the settings to the engine. `moved` says that another search index answers."""

    moved = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._wanted: IndexChoice | None = None
        shell.actions.settings.triggered.connect(self._open)
        shell.actions.go_on.triggered.connect(self._go_on)
        shell.index_progress.cancelled.connect(self._stop)

    def _open(self) -> None:
        dialog = SettingsDialog(self._shell.window, self._engine.settings.index, self._engine.search_index.types())
        dialog.test_asked.connect(partial(self._ask, dialog))
        dialog.test_stopped.connect(self._stop_asking)
        dialog.finished.connect(self._stop_asking)
        dialog.chosen.connect(self._start)
        dialog.open()

    def _ask(self, dialog: SettingsDialog, choice: IndexChoice) -> None:
        self._tasks.start(TEST, self._test(dialog, choice))

    def _stop_asking(self) -> None:
        self._tasks.cancel(TEST)

    async def _test(self, dialog: SettingsDialog, choice: IndexChoice) -> None:
        test = dialog.page.test
        try:
            report = await self._engine.search_index.test(choice.index, choice.token)
        except SemblanceError as error:
            test.show_answer(str(error), good=False)
        except Exception:
            test.forget()
            raise
        else:
            test.show_answer(index_messages.connection(report), good=True)

    def _start(self, choice: IndexChoice) -> None:
        self._wanted = choice
        self._shell.banner.hide()
        self._tasks.start(MOVE, self._move(choice))

    def _go_on(self) -> None:
        if self._wanted and not self._shell.library.is_moving:
            self._start(self._wanted)

    def _stop(self) -> None:
        self._tasks.cancel(MOVE)

    async def _move(self, choice: IndexChoice) -> None:
        panel = self._shell.index_progress
        panel.start()
        self._shell.library.set_moving(True)
        try:
            report = await self._engine.search_index.move(choice.index, choice.token, self._show_progress)
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
            self._wanted = None
            panel.end_with(index_messages.moved(report, choice.index.uri))
            self.moved.emit()
        finally:
            self._shell.library.set_moving(False)

    def _show_progress(self, progress: Progress) -> None:
        self._shell.index_progress.show_count(index_messages.building(progress), progress.done, progress.total)
