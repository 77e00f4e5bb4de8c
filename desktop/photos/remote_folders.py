"""Offers to locate the folders of photos that are on another computer."""

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
    """Shows a message about each remote folder once, and lets the user choose where that folder is on this computer.

    `located` is emitted once a remote folder has been located.
    """

    located = Signal()

    def __init__(self, engine: EnginePort, shell: Shell, tasks: Tasks, actions: PhotoActions) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._offered: set[str] = set()
        self._root: RemoteFolder | None = None
        self._locate_action = QAction(labels.tr(labels.LOCATE), self)
        self._locate_action.triggered.connect(self._ask_for_offered)
        actions.remote_photo_requested.connect(self._explain)
        actions.locate_requested.connect(self._ask_for_folder)

    def offer_for(self, hits: Sequence[Hit]) -> None:
        """Offer to locate one remote folder that these hits are in and that was not offered before."""
        if not self._shell.banner.isHidden():
            return  # keep the message that the banner shows, because a later search can offer the folder
        roots = (hit.remote for hit in hits if hit.remote)
        if root := next((root for root in roots if root.uuid not in self._offered), None):
            self._offer(root, index_messages.remote_hits(root))

    def _explain(self, root: RemoteFolder) -> None:
        self._offer(root, index_messages.remote_photo(root))

    def _offer(self, root: RemoteFolder, text: str) -> None:
        self._offered.add(root.uuid)
        self._root = root
        self._shell.banner.offer(text, self._locate_action)

    def _ask_for_offered(self) -> None:
        if self._root:
            self._ask_for_folder(self._root)

    def _ask_for_folder(self, root: RemoteFolder) -> None:
        folder = self._shell.window_state.folder
        title = index_messages.locate(root)
        file_dialogs.ask_for_folder(self._shell.window, title, folder, partial(self._choose, root))

    def _choose(self, root: RemoteFolder, folder: Path) -> None:
        self._tasks.start("locate", self._locate(root, folder))

    async def _locate(self, root: RemoteFolder, folder: Path) -> None:
        self._shell.banner.hide()
        await self._engine.locate_remote_folder(root.uuid, folder)
        self.located.emit()
