"""Shows the library page and keeps it up to date."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop.library.page import LibraryPage
from desktop.texts import labels
from desktop.widgets.icons import Glyph

if TYPE_CHECKING:
    from desktop.engine_port import EnginePort
    from desktop.photos.actions import PhotoActions
    from desktop.photos.thumbnails import Thumbnails
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "library"


class LibraryController(QObject):
    """Lists the photos whenever the page is shown or the number of photos changes, but at most one list at a time."""

    def __init__(
        self, engine: EnginePort, shell: Shell, tasks: Tasks, thumbnails: Thumbnails, actions: PhotoActions
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks = engine, shell, tasks
        self._listed = self._is_listing = False
        self._count = 0
        self.page = LibraryPage(thumbnails)
        actions.attach(self.page.view)
        shell.add_page(self.page, labels.tr(labels.LIBRARY_PAGE), Glyph.IMAGE, "Ctrl+2")
        shell.library.changed.connect(self._list_if_changed)
        shell.stack.currentChanged.connect(self._list_if_changed)

    def list_again(self) -> None:
        """List the photos again when they are next in sight, because files may have changed."""
        self._listed = False
        self._list_if_changed()

    def _list_if_changed(self) -> None:
        status = self._shell.library.status
        is_shown = self._shell.stack.currentWidget() is self.page
        if not status or not is_shown or self._is_listing or (self._listed and self._count == status.photos):
            return
        self._listed, self._is_listing, self._count = True, True, status.photos
        self._tasks.start(TASK, self._list())

    async def _list(self) -> None:
        try:
            self.page.show_photos(await self._engine.photos_by_date())
        finally:
            self._is_listing = False
        self._list_if_changed()
