"""Build the window's features and connect them to one engine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QCoreApplication, QObject

from desktop.duplicates.controller import DuplicatesController
from desktop.folders.controller import FoldersController
from desktop.help.controller import HelpController
from desktop.help.preferences import UpdatePreferences, user_folder
from desktop.help.updates import UpdateCheck
from desktop.indexing.background_runs import BackgroundRuns
from desktop.indexing.controller import IndexingController
from desktop.indexing.model_upgrade import ModelUpgrade
from desktop.indexing.runs import IndexRuns
from desktop.indexing.watch import WatchController
from desktop.library.controller import LibraryController
from desktop.photos.clipboard import PhotoClipboard
from desktop.photos.recycle_bin import RecycleBin
from desktop.photos.remote_folders import RemoteFolders
from desktop.preview.controller import PreviewController
from desktop.problems.controller import ProblemsController
from desktop.search.controller import SearchController
from desktop.search.query import of_file
from desktop.search.query_input import QueryInput
from desktop.settings.controller import SettingsController
from desktop.shell.index_status import IndexStatus
from desktop.shell.library_status import StatusUpdates
from desktop.shell.user_activity import UserActivity
from desktop.startup.warm_up import WarmUp
from desktop.startup.welcome_page import SAMPLES, WelcomePage

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.types import Photo
    from desktop.engine_port import EnginePort
    from desktop.photos.grid_view import PhotoGrid
    from desktop.photos.thumbnails import Thumbnails
    from desktop.search.query import Query
    from desktop.shell.shell import Shell
    from desktop.tasks import Tasks


class Controller(QObject):
    """Builds every feature from the shell and the engine, and connects the signals between features.

    This is the only class that knows all features. It opens the library and starts watching its folders.
    """

    def __init__(self, engine: EnginePort, shell: Shell, thumbnails: Thumbnails, tasks: Tasks) -> None:
        super().__init__()
        self._engine, self._shell, self._thumbnails, self._tasks = engine, shell, thumbnails, tasks
        self._status = StatusUpdates(engine, tasks)
        self._index_status = IndexStatus(engine, shell)
        self._runs = IndexRuns(engine, shell, tasks, self._status)
        self._indexing = IndexingController(engine, shell, tasks, self._runs, self._status)
        self._search = SearchController(engine, shell, tasks, thumbnails, self._index_status)
        self._preview = PreviewController(engine, shell, tasks, thumbnails)
        self._library = LibraryController(engine, shell, tasks, thumbnails, self._search.photo_actions)
        self._duplicates = DuplicatesController(engine, shell, tasks, thumbnails, self._search.photo_actions)
        self._query_input = QueryInput(engine, shell)
        self._warm_up = WarmUp(engine, shell, tasks, self._runs, self._index_status)
        self._background_runs = BackgroundRuns(engine, shell, tasks, self._runs, self._status)
        self._model_upgrade = ModelUpgrade(engine, shell, tasks, self._runs)
        self._watch = WatchController(engine, shell, tasks, self._background_runs)
        self._folders = FoldersController(
            engine, shell, tasks, self._indexing, self._status, self._query_input.ask_for_folder
        )
        self._bin = RecycleBin(engine, shell, tasks)
        self._problems = ProblemsController(engine, shell, tasks)
        self._settings = SettingsController(engine, shell, tasks)
        self._clipboard = PhotoClipboard(engine, tasks, self._search.photo_actions)
        self._remote_folders = RemoteFolders(engine, shell, tasks, self._search.photo_actions)
        self._updates = UpdateCheck(
            shell, tasks, QCoreApplication.applicationVersion(), UpdatePreferences(user_folder())
        )
        self._help = HelpController(shell, self._updates, engine.library)  # last, so that its menu is last
        self._welcome = WelcomePage(shell)
        self._activity = UserActivity(shell.window)
        self._connect()

    def open(self, picture: Path | None, *, watch: bool = True) -> None:
        """Open the library, then search with a picture if one is given.

        With `watch`, the roots are watched from then on, and newer versions of the program are looked for, as far as
        the user wants that.
        """
        if watch:
            self._warm_up.done.connect(self._start_watching)
            self._runs.finished.connect(self._watch.start_or_stop)  # retry: the model may not have been available
            self._folders.saved.connect(self._watch.start_or_stop)
            self._updates.start_if_due()
        self._tasks.start("open", self._open(picture))

    def search(self, query: Query) -> None:
        """Search with a picture, in place of the previous search."""
        self._preview.close()
        self._search.search(query)

    async def complete(self) -> None:
        """Wait until all work has ended and every visible photo has its thumbnail."""
        await self._tasks.idle()
        self._search.request_thumbnails()
        await self._tasks.idle()

    def _connect(self) -> None:
        self._query_input.folders_chosen.connect(self._indexing.add)
        self._query_input.query_chosen.connect(self.search)
        self._status.updated.connect(self._shell.library.set_status)
        self._status.root_returned.connect(self._thumbnails.clear)
        self._status.root_returned.connect(self._model_upgrade.start)
        self._thumbnails.failed.connect(self._status.start_refresh_soon)  # show it if the photo's root has gone offline
        self._runs.turn_requested.connect(self._model_upgrade.give_way)
        self._background_runs.starting.connect(self._model_upgrade.give_way)
        self._background_runs.no_changes_found.connect(self._thumbnails.clear_failed)
        self._connect_preview()
        self._search.hits_shown.connect(self._remote_folders.offer_for)
        self._runs.finished.connect(self._show_changes)
        results, library = self._search.page.results.view, self._library.page.view
        results.row_height_changed.connect(library.set_row_height)
        library.row_height_changed.connect(results.set_row_height)
        library.set_row_height(results.row_height)
        self._search.photo_actions.bin_requested.connect(
            lambda photos: self._bin.ask(photos, self._duplicates.warning(photos))
        )
        self._bin.moved.connect(self._status.start_refresh)
        self._bin.moved.connect(self._show_changes)
        self._problems.rules_changed.connect(self._indexing.index)
        self._welcome.samples_requested.connect(self._try_samples)
        self._activity.noticed.connect(self._engine.note_user_activity)
        for more_searchable in (self._index_status.more_searchable, self._settings.moved, self._remote_folders.located):
            more_searchable.connect(self._search_again)

    def _connect_preview(self) -> None:
        """Open the preview with the query, and close it for whatever it would cover."""
        actions = self._search.photo_actions
        actions.preview_requested.connect(self._open_preview)
        covered = (actions.failed, actions.search_requested, actions.remote_photo_requested, actions.locate_requested)
        for signal in (*covered, self._bin.failed):
            signal.connect(self._preview.close)

    def _ask_for_bin(self, photos: Sequence[Photo]) -> None:
        self._bin.ask(photos, self._duplicates.warning(photos))

    def _open_preview(self, view: PhotoGrid) -> None:
        is_result = view is self._search.page.results.view
        self._preview.open(view, self._search.shown_source if is_result else None)

    def _try_samples(self) -> None:
        """Index the sample photos, and search them with the picture beside them."""
        self._indexing.add([SAMPLES / "photos"])
        self.search(of_file(SAMPLES / "query.jpg"))

    async def _open(self, picture: Path | None) -> None:
        try:
            await self._engine.open()
            if reason := self._engine.read_only:
                self._shell.show_read_only(reason)
            self._index_status.follow()
            await self._status.refresh()
        except Exception:
            self._shell.show_not_open()
            raise
        self._thumbnails.use(self._engine)
        if picture:
            self._search.search(of_file(picture))
        self._warm_up.start()

    def _start_watching(self) -> None:
        self._tasks.start("start watching", self._watch_after_search())

    async def _watch_after_search(self) -> None:
        await self._search.wait_until_done()  # indexing changed photos must not delay the first results
        self._watch.start_or_stop()
        self._model_upgrade.start()

    def _search_again(self) -> None:
        """Repeat the search, because more photos can be found than before."""
        self._status.start_refresh()
        self._search.search_again()

    def _show_changes(self) -> None:
        """Repeat the search, list the photos again and reload thumbnails, because photos have changed."""
        self._thumbnails.clear()
        self._search.search_again()
        self._library.list_again()
        self._duplicates.list_again()
