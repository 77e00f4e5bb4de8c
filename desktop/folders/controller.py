"""Opens the folders dialog and applies what the user changes in it."""

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
    from desktop.folders.page import EditedSettings
    from desktop.indexing.controller import IndexingController
    from desktop.shell.library_status import StatusUpdates
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "save the folder settings"


class FoldersController(QObject):
    """Connects the folders dialog to the engine. `saved` is emitted once its settings have been saved."""

    saved = Signal()

    def __init__(
        self,
        engine: EnginePort,
        shell: Shell,
        tasks: Tasks,
        indexing: IndexingController,
        status: StatusUpdates,
        ask_for_folder: Callable[[QWidget], None],
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._indexing, self._status = engine, shell, tasks, indexing, status
        self._ask_for_folder = ask_for_folder
        self._dialog: FoldersDialog | None = None
        self._changed: dict[str, Root] = {}
        shell.actions.folders.triggered.connect(self._open)
        status.updated.connect(self._show)

    def _open(self) -> None:
        folders = self._status.last.roots if self._status.last else ()
        dialog = self._dialog = FoldersDialog(self._shell.window, folders, self._engine.settings.indexing)
        dialog.add_requested.connect(partial(self._ask_for_folder, dialog))
        dialog.remove_confirmed.connect(self._remove)
        dialog.settings_confirmed.connect(self._save)
        dialog.finished.connect(self._close)
        dialog.open()
        self._status.start_refresh()  # a drive may have been connected or disconnected

    def _show(self, status: LibraryStatus) -> None:
        if self._dialog:
            self._dialog.page.show_folders(status.roots)

    def _remove(self, root: Root) -> None:
        self._indexing.remove(root.path).add_done_callback(partial(self._finish_removal, root))

    def _finish_removal(self, root: Root, removal: asyncio.Task[None]) -> None:
        if not self._dialog:
            return
        self._dialog.page.show_removing(root.uuid, removing=False)
        if not removal.cancelled() and isinstance(error := removal.exception(), SemblanceError):
            self._dialog.show_error(str(error))  # in the dialog, because it covers the banner
        self._status.start_refresh()

    def _save(self, settings: EditedSettings) -> None:
        if self._dialog:
            self._tasks.start(TASK, self._apply(self._dialog, settings))

    async def _apply(self, dialog: FoldersDialog, settings: EditedSettings) -> None:
        try:
            for root, rules in settings.rules:
                try:
                    await self._engine.set_rules(root.path, rules)
                except FolderError as error:
                    dialog.show_rules_error(root, str(error))
                    return
                self._changed[root.uuid] = root
            await self._engine.set_indexing(settings.indexing)
        except SemblanceError as error:
            dialog.show_error(str(error))
        except Exception:
            dialog.enable_confirming()
            raise
        else:
            self.saved.emit()
            dialog.accept()

    def _close(self) -> None:
        """Index the folders whose rules were saved, even if saving failed for others."""
        self._dialog = None
        self._tasks.cancel(TASK)
        status, changed = self._status.last, self._changed
        self._changed = {}
        online = [folder.root.path for folder in (status.roots if status else ()) if folder.online]
        if folders := [root.path for root in changed.values() if root.path in online]:
            self._indexing.index(folders)
