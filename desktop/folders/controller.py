"""The work of the dialog about folders and indexing."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal

from core.errors import FolderError, SemblanceError
from desktop.folders.dialog import FoldersDialog

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable

    from PySide6.QtWidgets import QWidget

    from core.reports import LibraryStatus
    from core.types import Root
    from desktop.engine_port import EnginePort
    from desktop.folders.choice import FoldersChoice
    from desktop.indexing.controller import IndexingController
    from desktop.shell.library_status import StatusUpdates
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "save the rules of folders"


class FoldersController(QObject):
    """Connects the dialog to the engine. `chosen` says that photos may be indexed in another way now."""

    chosen = Signal()

    def __init__(
        self,
        engine: EnginePort,
        shell: Shell,
        tasks: Tasks,
        library: IndexingController,
        status: StatusUpdates,
        ask_for_folder: Callable[[QWidget], None],
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._library, self._status = engine, shell, tasks, library, status
        self._ask_for_folder = ask_for_folder
        self._dialog: FoldersDialog | None = None
        self._changed: dict[str, Root] = {}
        shell.actions.folders.triggered.connect(self._open)
        status.told.connect(self._show)

    def _open(self) -> None:
        folders = self._status.last.roots if self._status.last else ()
        dialog = self._dialog = FoldersDialog(self._shell.window, folders, self._engine.settings.indexing)
        dialog.add_asked.connect(partial(self._ask_for_folder, dialog))
        dialog.removed.connect(self._remove)
        dialog.chosen.connect(self._save)
        dialog.finished.connect(self._close)
        dialog.open()
        self._status.ask()  # a drive may have come or gone

    def _show(self, status: LibraryStatus) -> None:
        if self._dialog:
            self._dialog.page.show_folders(status.roots)

    def _remove(self, root: Root) -> None:
        self._library.remove(root.path).add_done_callback(partial(self._end_removing, root))

    def _end_removing(self, root: Root, removal: asyncio.Task[None]) -> None:
        if not self._dialog:
            return
        self._dialog.page.show_removing(root.uuid, removing=False)
        if not removal.cancelled() and isinstance(error := removal.exception(), SemblanceError):
            self._dialog.show_trouble(str(error))  # the banner is behind the dialog
        self._status.ask()

    def _save(self, choice: FoldersChoice) -> None:
        if self._dialog:
            self._tasks.start(TASK, self._take_over(self._dialog, choice))

    async def _take_over(self, dialog: FoldersDialog, choice: FoldersChoice) -> None:
        try:
            for root, rules in choice.rules:
                try:
                    await self._engine.set_rules(root.path, rules)
                except FolderError as error:
                    dialog.show_trouble_with(root, str(error))
                    return
                self._changed[root.uuid] = root
            await self._engine.set_indexing(choice.indexing)
        except SemblanceError as error:
            dialog.show_trouble(str(error))
        except Exception:
            dialog.wait_for_user()
            raise
        else:
            self.chosen.emit()
            dialog.accept()

    def _close(self) -> None:
        """Index the folders whose rules have changed, also where others could not be taken over."""
        self._dialog = None
        self._tasks.cancel(TASK)
        status, changed = self._status.last, self._changed
        self._changed = {}
        there = [folder.root.path for folder in (status.roots if status else ()) if folder.online]
        if folders := [root.path for root in changed.values() if root.path in there]:
            self._library.index(folders)
