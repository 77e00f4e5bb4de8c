"""Photos that are on another computer: the window says so once, and asks where their folders are here."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction

from desktop.texts import index_messages, labels
from desktop.widgets import file_dialogs

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.types import Hit, RemoteFolder
    from desktop.engine_port import EnginePort
    from desktop.photos.actions import PhotoActions
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks


class RemoteFolders(QObject):
    """Folders of other computers. `located` says that one was found here."""

    located = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, actions: PhotoActions) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._told: set[str] = set()
        self._root: RemoteFolder | None = None
        self._locate = QAction(labels.tr(labels.LOCATE), self)
        self._locate.triggered.connect(self._ask_for_last)
        actions.elsewhere.connect(self._explain)
        actions.located.connect(self._ask)

    def look_at(self, hits: Sequence[Hit]) -> None:
        """Say of one folder of another computer that photos of it were found, unless that was said before."""
        if not self._shell.banner.isHidden():
            return  # what it says must not be lost; the folder is told of after another search
        roots = (hit.remote for hit in hits if hit.remote)
        if root := next((root for root in roots if root.uuid not in self._told), None):
            self._offer(root, index_messages.found_elsewhere(root))

    def _explain(self, root: RemoteFolder) -> None:
        self._offer(root, index_messages.is_elsewhere(root))

    def _offer(self, root: RemoteFolder, text: str) -> None:
        self._told.add(root.uuid)
        self._root = root
        self._shell.banner.offer(text, self._locate)

    def _ask_for_last(self) -> None:
        if self._root:
            self._ask(self._root)

    def _ask(self, root: RemoteFolder) -> None:
        folder = self._shell.window_state.folder
        title = index_messages.where_is(root)
        file_dialogs.ask_for_folder(self._shell.window, title, folder, partial(self._choose, root))

    def _choose(self, root: RemoteFolder, folder: Path) -> None:
        self._tasks.start("locate", self._take_note(root, folder))

    async def _take_note(self, root: RemoteFolder, folder: Path) -> None:
        self._shell.banner.hide()
        await self._engine.locate_remote_folder(root.uuid, folder)
        self.located.emit()
