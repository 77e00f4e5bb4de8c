"""Runs searches and shows their results on the search page."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAction, QPixmap

from core.errors import DecodeError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.search_request import Filters, SearchRequest
from desktop.photos.actions import PhotoActions
from desktop.search.history import QueryHistory
from desktop.search.page import SearchPage
from desktop.search.query import of_photo
from desktop.texts import labels, messages
from desktop.widgets.icons import Glyph

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator
    from pathlib import Path

    from core.types import Hit
    from desktop.engine_port import EnginePort
    from desktop.photos.thumbnails import Thumbnails
    from desktop.search.query import Query
    from desktop.shell.index_status import IndexStatus
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks

TASK = "search"
FIRST_HITS = 60
"""How many hits a search shows at first."""

MORE = 4
"""By which factor their number grows each time the user comes to the end."""

PREVIEW_SIDE = 512

logger = logging.getLogger(__name__)


class SearchController(QObject):
    """Runs one search at a time. A new search cancels the last one.

    A query given while the library is empty is kept until photos are being indexed. A search during the first indexing
    run is repeated as soon as that has made photos searchable.

    `hits_shown` is emitted with the hits of every search that succeeds.
    """

    hits_shown = Signal(object)

    def __init__(
        self, engine: EnginePort, shell: Shell, tasks: Tasks, thumbnails: Thumbnails, index_status: IndexStatus
    ) -> None:
        super().__init__()
        self._engine, self._shell, self._tasks, self._index_status = engine, shell, tasks, index_status
        self._query: Query | None = None
        self._shown_query: Query | None = None
        self._kept_query: Query | None = None
        self._was_searchable = self._is_complete = False
        self._filters = Filters()
        self._top_k = FIRST_HITS
        self._stop_fetching = QAction(labels.tr(labels.STOP), self)
        self._stop_fetching.triggered.connect(self._stop)
        self.history = QueryHistory()
        self.history.chosen.connect(self.search)
        self.page = SearchPage(shell, thumbnails, engine.picture_extensions)
        self.photo_actions = PhotoActions(shell)
        self.photo_actions.attach(self.page.results.view)
        self.photo_actions.failed.connect(shell.banner.show_message)
        self.photo_actions.search_requested.connect(lambda photo: self.search(of_photo(photo)))
        for action in self.photo_actions.all():  # their shortcuts and menus are not events of the grid
            action.hovered.connect(self.page.results.view.note_touch)
            action.triggered.connect(self.page.results.view.note_touch)
        shell.add_menu(labels.tr(labels.PHOTO_MENU), self.photo_actions.all())
        shell.add_page(self.page, labels.tr(labels.SEARCH_PAGE), Glyph.MAGNIFYING_GLASS, "Ctrl+1")
        self.page.results.add_actions([self.history.back, self.history.forward])
        shell.add_view_actions([self.history.back, self.history.forward])
        shell.add_view_actions(self.page.results.view_actions.all())
        shell.library.changed.connect(self._search_once_possible)
        shell.library.changed.connect(self._offer_folders)
        self.page.filters_changed.connect(self._set_filters)
        self.page.results.view.end_near.connect(self._show_more)

    @property
    def shown_source(self) -> Path | bytes | None:
        """Return the picture whose hits are shown, as a file or the bytes of one, or None without any."""
        return self._shown_query.source if self._shown_query else None

    def search(self, query: Query) -> None:
        """Show the search page and search with a picture instead of the last one."""
        if not self._shell.library.can_search:
            self._kept_query = query
            self._shell.banner.show_hint(messages.no_photos_yet(query.name))
            return
        self._kept_query = None
        self._query = query
        self._top_k = FIRST_HITS
        self._shell.show_page(self.page)
        self._shell.banner.hide()
        self.page.query_panel.show_query(query.name)
        self.page.results.show_searching()
        if not query.address:
            self._tasks.start("preview", self._show_preview(query))
        self._tasks.start(TASK, self._search(query))

    def search_again(self) -> None:
        """Repeat the last search, because the library may have other photos now."""
        if self._query:
            self._tasks.start(TASK, self._search(self._query))

    def request_thumbnails(self) -> None:
        """Request the thumbnails of the visible results at once."""
        self.page.results.view.request_thumbnails()

    async def wait_until_done(self) -> None:
        """Wait until no search is running."""
        await self._tasks.ended(TASK)

    def _offer_folders(self) -> None:
        if status := self._shell.library.status:
            self.page.filters.set_folders([root.root.path for root in status.roots])

    def _set_filters(self, filters: Filters) -> None:
        self._filters = filters
        self._top_k = FIRST_HITS
        self.search_again()

    def _show_more(self) -> None:
        """Add more hits if there may be some, and the last ones are not folded away."""
        results = self.page.results
        may_have_more = len(results.model.hits) >= self._top_k and not results.model.is_folded
        if self._is_complete and may_have_more and self._query:
            self._top_k *= MORE
            self._tasks.start(TASK, self._extend(self._query))

    def _search_once_possible(self) -> None:
        library = self._shell.library
        was_searchable, self._was_searchable = self._was_searchable, bool(library.status and library.status.searchable)
        if self._kept_query and library.can_search:
            self.search(self._kept_query)
        elif self._was_searchable and not was_searchable:
            self.search_again()

    async def _search(self, query: Query) -> None:
        try:
            if query.address:
                query = self._query = await self._fetch(query)
                self._tasks.start("preview", self._show_preview(query))
            await self._show_results(query)
        except SemblanceError as error:
            self._handle_error(query, error)
        except Exception:
            self._restore_last_query()
            raise

    async def _fetch(self, query: Query) -> Query:
        """Return a query with the picture from a web address."""
        banner = self._shell.banner
        banner.show_hint(messages.fetching(query.name), self._stop_fetching)
        content = await self._engine.fetch_picture(query.address)
        banner.hide()
        return replace(query, source=content, address="")

    def _stop(self) -> None:
        """Stop fetching a picture, and show the query of the last results again."""
        self._tasks.cancel(TASK)
        self._shell.banner.hide()
        self._restore_last_query()

    async def _show_results(self, query: Query) -> None:
        """Show the hits as soon as they are found, and then their better order. A repeated search shows only that."""
        is_repeated = not self.page.results.is_searching
        self._is_complete = False
        hits: list[Hit] = []
        async with aclosing(self._found(query)) as found:
            async for hits in found:
                if self.page.results.is_searching:
                    self._show_hits(query, hits)
                elif not is_repeated:
                    self.page.results.refine(hits)
        if is_repeated:
            self._show_hits(query, hits)
        self._is_complete = True
        self.page.results.view.request_thumbnails()  # which shows more hits if the end is in sight

    async def _extend(self, query: Query) -> None:
        """Add the next hits behind those that are shown."""
        self._is_complete = False
        orders: list[list[Hit]] = []
        try:
            async with aclosing(self._found(query)) as found:
                orders = [hits async for hits in found]
        except SemblanceError as error:
            self._handle_error_of_repeat(error)
        if orders:
            self.page.results.extend(orders[-1])
        self._is_complete = True

    async def _found(self, query: Query) -> AsyncGenerator[list[Hit], None]:
        """Yield the hits in better and better orders. A photo is not among those like itself."""
        request = SearchRequest.like(query.source, filters=self._filters, top_k=self._top_k + query.is_photo)
        async with aclosing(self._engine.verified_search(request)) as orders:
            async for hits in orders:
                others = [hit for hit in hits if not query.is_photo or hit.path != query.source]
                yield others[: self._top_k]

    def _show_hits(self, query: Query, hits: list[Hit]) -> None:
        self._shown_query = query
        self.history.add(query)
        self.page.results.show_hits(query.name, hits)
        self.hits_shown.emit(hits)
        logger.info("Showing %d photos", len(hits))

    def _handle_error(self, query: Query, error: SemblanceError) -> None:
        """Show why a search failed. The last results stay if it was repeated only because photos have changed."""
        if not self.page.results.is_searching:
            self._handle_error_of_repeat(error)
            return
        if self._index_status.is_unavailable and isinstance(error, VectorIndexError):
            self.page.results.show_waiting()  # the notice at the top of the window says why
            return
        if isinstance(error, UnreachableIndexError):
            self.page.results.show_waiting()
        else:
            self._restore_last_query()
        if isinstance(error, DecodeError):
            error = DecodeError(messages.unreadable_query(query.name, str(error)))
        self._tasks.report(error)

    def _handle_error_of_repeat(self, error: SemblanceError) -> None:
        logger.warning("The search could not be repeated: %s", error)
        is_explained = self._index_status.is_unavailable and isinstance(error, VectorIndexError)
        if not is_explained and not isinstance(error, DecodeError):  # the query picture may have been deleted by now
            self._tasks.report(error)

    async def _show_preview(self, query: Query) -> None:
        pixmap = QPixmap()
        if query.picture:
            pixmap = QPixmap.fromImage(query.picture)
        else:
            try:
                pixmap.loadFromData(await self._engine.preview(query.source, PREVIEW_SIDE))
            except SemblanceError:
                return  # the search fails for the same reason and reports it
        self.page.query_panel.show_picture(pixmap)

    def _restore_last_query(self) -> None:
        """Show the query of the results that are still visible."""
        self._query = self._shown_query
        self._tasks.cancel("preview")
        if self._query:
            self.page.query_panel.show_query(self._query.name)
            self.page.results.show_last_hits()
            self._tasks.start("preview", self._show_preview(self._query))
        else:
            self.page.query_panel.clear()
            self.page.results.clear()
