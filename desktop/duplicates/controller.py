"""Finds duplicates and shows them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.duplicates.page import DuplicatesPage
from desktop.texts import duplicate_messages, labels
from desktop.widgets.icons import Glyph

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.types import Photo
    from desktop.engine_port import EnginePort
    from desktop.photos.actions import PhotoActions
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "find duplicates"


class DuplicatesController(QObject):
    """Shows what an earlier search for duplicates has found, and runs the next one when the user asks for it."""

    def __init__(
        self, engine: EnginePort, shell: Shell, tasks: Tasks, thumbnails: Thumbnails, actions: PhotoActions
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._is_listed = self._was_searched = False
        self.page = DuplicatesPage(thumbnails)
        self.page.find_requested.connect(self._start)
        self.page.stop_requested.connect(self._stop)
        actions.attach(self.page.view)
        shell.add_page(self.page, labels.tr(labels.DUPLICATES_PAGE), Glyph.COPY_SIMPLE, "Ctrl+3")
        shell.stack.currentChanged.connect(self._list_if_shown)
        shell.library.changed.connect(self._update)

    def list_again(self) -> None:
        """List the groups again when they are next in sight, because photos may be gone."""
        self._is_listed = False
        self._list_if_shown()

    def warning(self, photos: Sequence[Photo]) -> str:
        """Return what the user should know before these photos are moved to the recycle bin, or an empty text."""
        is_shown = self._shell.stack.currentWidget() is self.page
        return duplicate_messages.nothing_left() if is_shown and self.page.model.has_complete_group(photos) else ""

    def _update(self) -> None:
        self.page.setEnabled(not self._shell.library.is_read_only)
        self._list_if_shown()

    def _list_if_shown(self) -> None:
        if self._shell.library.status and self._shell.stack.currentWidget() is self.page and not self._is_listed:
            self._is_listed = True
            self._tasks.start("list duplicates", self._list())

    def _start(self) -> None:
        self._tasks.start(TASK, self._find())

    def _stop(self) -> None:
        self._tasks.cancel(TASK)

    async def _find(self) -> None:
        self.page.set_searching(True)
        try:
            await self._engine.find_duplicates(self.page.show_progress)
            self._was_searched = True
        finally:
            self.page.set_searching(False)
            self._tasks.start("list duplicates", self._list())

    async def _list(self) -> None:
        if groups := await self._engine.duplicates():
            self.page.show_groups(groups)
        else:
            self.page.show_none(was_searched=self._was_searched)
