"""Searches: what the user gives to look for, and what the window shows of it."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from core.errors import DecodeError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.types import SearchRequest
from desktop.photos.actions import PhotoActions
from desktop.search.page import SearchPage
from desktop.search.query import of_file
from desktop.texts import labels, messages

if TYPE_CHECKING:
    from desktop.engine_port import EnginePort
    from desktop.photos.thumbnails import Thumbnails
    from desktop.search.query import Query
    from desktop.shell.index_status import IndexStatus
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "search"
TOP_K = 60
PREVIEW_SIDE = 512

logger = logging.getLogger(__name__)


class SearchController(QObject):
    """One search at a time: a new one takes the place of the last. `found` comes with the photos that are shown."""

    found = Signal(object)

    def __init__(
        self, engine: EnginePort, shell: Shell, tasks: Tasks, thumbnails: Thumbnails, search_index: IndexStatus
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._search_index = engine, shell, tasks, search_index
        self._query: Query | None = None
        self._answered: Query | None = None
        self.page = SearchPage(shell, thumbnails)
        self.photo_actions = PhotoActions(self.page.results.view)
        self.photo_actions.trouble.connect(shell.banner.show_message)
        self.photo_actions.like_this.connect(lambda photo: self.search(of_file(photo)))
        shell.add_menu(labels.tr(labels.PHOTO_MENU), self.photo_actions.all())
        shell.add_page(self.page, labels.tr(labels.SEARCH_PAGE), "Ctrl+1")

    def search(self, wanted: Query) -> None:
        """Search for a picture in the place of the last one."""
        if not self._shell.library.can_search:
            self._shell.banner.show_message(messages.no_photos_yet())
            return
        self._query = wanted
        self._shell.banner.hide()
        self.page.query_panel.show_query(wanted.name)
        self.page.results.show_searching()
        self._tasks.start("preview", self._preview(wanted))
        self._tasks.start(TASK, self._search(wanted))

    def ask_again(self) -> None:
        """Search for the same picture: there may be other photos by now."""
        if self._query:
            self._tasks.start(TASK, self._search(self._query))

    async def ended(self) -> None:
        """Wait until no answer is awaited."""
        await self._tasks.ended(TASK)

    async def _search(self, wanted: Query) -> None:
        try:
            hits = await self._engine.search(SearchRequest(wanted.source, top_k=TOP_K))
        except SemblanceError as error:
            self._explain(wanted, error)
            return
        except Exception:
            self._forget_query()
            raise
        self._answered = wanted
        self.page.results.show_hits(wanted.name, hits)
        self.found.emit(hits)
        logger.info("Showing %d photos", len(hits))

    def _explain(self, wanted: Query, error: SemblanceError) -> None:
        """Tell why a search came to nothing, unless it was only asked again: what was found before stays."""
        if not self.page.results.searching:
            return
        if self._search_index.is_out and isinstance(error, VectorIndexError):
            self.page.results.show_waiting()  # the notice says the rest
            return
        if isinstance(error, UnreachableIndexError):
            self.page.results.show_waiting()
        else:
            self._forget_query()
        if isinstance(error, DecodeError):
            error = DecodeError(messages.unreadable_query(wanted.name, str(error)))
        self._tasks.report(error)

    async def _preview(self, wanted: Query) -> None:
        pixmap = QPixmap()
        if wanted.picture:
            pixmap = QPixmap.fromImage(wanted.picture)
        elif isinstance(wanted.source, Path):
            try:
                pixmap.loadFromData(await self._engine.preview(wanted.source, PREVIEW_SIDE))
            except SemblanceError:
                return  # the search fails for the same reason, and says so
        self.page.query_panel.show_picture(pixmap)

    def _forget_query(self) -> None:
        """Go back to the query before, whose results are still there."""
        self._query = self._answered
        self._tasks.cancel("preview")
        if self._query:
            self.page.query_panel.show_query(self._query.name)
            self.page.results.keep()
            self._tasks.start("preview", self._preview(self._query))
        else:
            self.page.query_panel.clear()
            self.page.results.clear()
