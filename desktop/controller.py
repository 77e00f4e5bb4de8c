"""What the user asks of the window, done by the engine."""

from __future__ import annotations

import asyncio
import itertools
import logging
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap

from core.errors import DecodeError, SemblanceError, UnreachableIndexError, VectorIndexError
from core.reports import Stage
from desktop import messages, query
from desktop.elsewhere import Elsewhere
from desktop.index_controller import IndexController
from desktop.settings_controller import SettingsController

if TYPE_CHECKING:
    from collections.abc import Coroutine, Sequence

    from core.reports import Progress
    from desktop.main_window import MainWindow
    from desktop.ports import PhotoEngine
    from desktop.query import Query
    from desktop.tasks import Tasks
    from desktop.thumbnails import Thumbnails

logger = logging.getLogger(__name__)

TOP_K = 60
PREVIEW_SIDE = 512
STATUS_EVERY_S = 2.0


class Controller(QObject):
    """Connects one window to one engine. Searches replace one another; indexing runs wait for one another."""

    def __init__(self, engine: PhotoEngine, window: MainWindow, thumbnails: Thumbnails, tasks: Tasks) -> None:
        """Listen to the window."""
        super().__init__()
        self._engine, self._window, self._thumbnails, self._tasks = engine, window, thumbnails, tasks
        self._query: Query | None = None
        self._answered: Query | None = None
        self._search_index = IndexController(engine, window)
        self._settings = SettingsController(engine, window, tasks)
        self._elsewhere = Elsewhere(engine, window, tasks)
        self._turn = asyncio.Lock()
        self._runs: set[asyncio.Task[None]] = set()
        self._run_numbers = itertools.count(1)
        self._next_status = 0.0
        self._downloading = False
        window.folders_chosen.connect(self.add_folders)
        window.update_requested.connect(self.update_library)
        window.progress.cancelled.connect(self.stop_indexing)
        window.query_chosen.connect(self.search)
        window.failures_requested.connect(self.show_failures)
        for told in (self._search_index.knows_more, self._settings.moved, self._elsewhere.located):
            told.connect(self._look_again)

    def open(self, picture: Path | None) -> None:
        """Open the library, then search for a picture where one is given."""
        self._tasks.start("open", self._open(picture))

    def add_folders(self, folders: Sequence[Path]) -> None:
        """Add folders and index them, after the run that is under way."""
        self._start_run(self._add_and_index(folders))

    def update_library(self) -> None:
        """Index all folders again."""
        self._start_run(self._index(None))

    def stop_indexing(self) -> None:
        """End the run under way and those that wait for it, or the download that all of them need."""
        self._tasks.cancel("warm up")
        for run in self._runs:
            run.cancel()

    def search(self, wanted: Query) -> None:
        """Search for a picture in the place of the last one."""
        if not self._window.can_search:
            self._window.banner.show_message(messages.no_photos_yet())
            return
        self._query = wanted
        self._window.banner.hide()
        self._window.query_panel.show_query(wanted.name)
        self._window.results.show_searching()
        self._tasks.start("preview", self._preview(wanted))
        self._tasks.start("search", self._search(wanted))

    def show_failures(self) -> None:
        """Show the photos that could not be read."""
        self._tasks.start("failures", self._show_failures())

    async def _show_failures(self) -> None:
        self._window.show_failures(await self._engine.failures())

    async def _open(self, picture: Path | None) -> None:
        try:
            await self._engine.open()
            await self._show_status()
        except Exception:
            self._window.show_not_open()
            raise
        self._thumbnails.use(self._engine)
        if picture:
            self.search(query.of_file(picture))
        self._tasks.start("warm up", self._warm_up())

    async def _warm_up(self) -> None:
        try:
            await self._engine.warm_up(self._show_download)
            logger.info("Ready to search")
        except VectorIndexError:
            if not self._search_index.is_out:
                raise
        finally:
            if self._downloading and not self._runs:
                self._window.progress.end(None)
            self._downloading = False

    def _show_download(self, progress: Progress) -> None:
        """Show that weights are fetched, unless a run does so."""
        if self._runs or progress.stage is not Stage.DOWNLOADING:
            return
        if not self._downloading:
            self._downloading = True
            self._window.progress.start()
        self._window.progress.show_progress(progress)

    async def _show_status(self) -> None:
        self._window.show_status(await self._engine.status())

    def _look_again(self) -> None:
        """Show what can be found now, which is more than before."""
        self._tasks.start("status", self._show_status())
        self._ask_again()

    def _ask_again(self) -> None:
        if self._query:
            self._tasks.start("search", self._search(self._query))

    async def _search(self, wanted: Query) -> None:
        try:
            hits = await self._engine.search(wanted.source, top_k=TOP_K)
        except SemblanceError as error:
            self._explain(wanted, error)
            return
        except Exception:
            self._forget_query()
            raise
        self._answered = wanted
        self._window.results.show_hits(wanted.name, hits)
        self._elsewhere.look_at(hits)
        logger.info("Showing %d photos", len(hits))

    def _explain(self, wanted: Query, error: SemblanceError) -> None:
        """Tell why a search came to nothing, unless it was only asked again: what was found before stays."""
        if not self._window.results.searching:
            return
        if self._search_index.is_out and isinstance(error, VectorIndexError):
            self._window.results.show_waiting()  # the notice says the rest
            return
        if isinstance(error, UnreachableIndexError):
            self._window.results.show_waiting()
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
                pixmap.loadFromData(await self._engine.thumbnail(wanted.source, PREVIEW_SIDE))
            except SemblanceError:
                return  # the search fails for the same reason, and says so
        self._window.query_panel.show_picture(pixmap)

    def _forget_query(self) -> None:
        """Go back to the query before, whose results are still there."""
        self._query = self._answered
        self._tasks.cancel("preview")
        if self._query:
            self._window.query_panel.show_query(self._query.name)
            self._window.results.keep()
            self._tasks.start("preview", self._preview(self._query))
        else:
            self._window.query_panel.clear()
            self._window.results.clear()

    def _start_run(self, work: Coroutine[object, object, None]) -> None:
        self._window.banner.hide()
        run = self._tasks.start(f"index {next(self._run_numbers)}", work)
        self._runs.add(run)
        run.add_done_callback(self._end_run)
        self._window.show_indexing(indexing=True)

    def _end_run(self, run: asyncio.Task[None]) -> None:
        self._runs.discard(run)
        self._window.show_indexing(indexing=bool(self._runs))

    async def _add_and_index(self, folders: Sequence[Path]) -> None:
        roots = []
        for folder in folders:
            try:
                roots.append((await self._engine.add_folder(folder)).path)
            except SemblanceError as error:
                self._tasks.report(error)
        if roots:
            await self._index(roots)

    async def _index(self, roots: Sequence[Path] | None) -> None:
        async with self._turn:
            report = None
            self._window.progress.start()
            try:
                report = await self._engine.index(roots, self._show_progress)
            finally:
                self._window.progress.end(report)
                await self._show_status()  # also of a run that failed: its folders are known by now
        self._thumbnails.forget()
        self._window.results.view.request_thumbnails()
        self._ask_again()

    def _show_progress(self, progress: Progress) -> None:
        self._window.progress.show_progress(progress)
        now = asyncio.get_running_loop().time()
        if now >= self._next_status:
            self._next_status = now + STATUS_EVERY_S
            self._tasks.start("status", self._show_status())
