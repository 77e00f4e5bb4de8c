"""The window and the engine, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from desktop import query
from desktop.elsewhere import Elsewhere
from desktop.folders_controller import FoldersController
from desktop.index_controller import IndexController
from desktop.index_runs import IndexRuns
from desktop.library_controller import LibraryController
from desktop.presence import Presence
from desktop.quiet_runs import QuietRuns
from desktop.search_controller import SearchController
from desktop.settings_controller import SettingsController
from desktop.status_updates import StatusUpdates
from desktop.warm_up import WarmUp
from desktop.watch_controller import WatchController

if TYPE_CHECKING:
    from pathlib import Path

    from desktop.main_window import MainWindow
    from desktop.ports import PhotoEngine
    from desktop.query import Query
    from desktop.tasks import Tasks
    from desktop.thumbnails import Thumbnails


class Controller(QObject):
    """Connects one window to one engine: a part for each thing that the user can do."""

    def __init__(self, engine: PhotoEngine, window: MainWindow, thumbnails: Thumbnails, tasks: Tasks) -> None:
        """Listen to the window."""
        super().__init__()
        self._engine, self._window, self._thumbnails, self._tasks = engine, window, thumbnails, tasks
        self._status = StatusUpdates(engine, tasks)
        self._search_index = IndexController(engine, window)
        self._runs = IndexRuns(engine, window, tasks, self._status)
        self._library = LibraryController(engine, window, tasks, self._runs, self._status)
        self._search = SearchController(engine, window, tasks, self._search_index)
        self._warm_up = WarmUp(engine, window, tasks, self._runs, self._search_index)
        self._quiet_runs = QuietRuns(engine, window, tasks, self._runs, self._status)
        self._watch = WatchController(engine, window, tasks, self._quiet_runs)
        self._folders = FoldersController(engine, window, tasks, self._library, self._status)
        self._settings = SettingsController(engine, window, tasks)
        self._elsewhere = Elsewhere(engine, window, tasks)
        self._presence = Presence(window)
        self._connect()

    def open(self, picture: Path | None, *, watch: bool = True) -> None:
        """Open the library, then search for a picture where one is given.

        With `watch`, the library is kept up to date from then on if the user wants that.
        """
        if watch:
            self._warm_up.done.connect(self._begin_to_watch)
            self._runs.finished.connect(self._watch.follow)  # where the model could not be had before
            self._folders.chosen.connect(self._watch.follow)
        self._tasks.start("open", self._open(picture))

    def search(self, wanted: Query) -> None:
        """Search for a picture in the place of the last one."""
        self._search.search(wanted)

    def _connect(self) -> None:
        self._status.told.connect(self._window.show_status)
        self._status.returned.connect(self._show_pictures_again)
        self._thumbnails.missed.connect(self._status.ask_again)  # its folder may be away, which is to be said
        self._quiet_runs.looked_through.connect(self._show_missed_again)
        self._search.found.connect(self._elsewhere.look_at)
        self._runs.finished.connect(self._show_anew)
        self._presence.noticed.connect(self._engine.user_is_at_work)
        for told in (self._search_index.knows_more, self._settings.moved, self._elsewhere.located):
            told.connect(self._look_again)

    async def _open(self, picture: Path | None) -> None:
        try:
            await self._engine.open()
            self._search_index.follow()
            await self._status.tell()
        except Exception:
            self._window.show_not_open()
            raise
        self._thumbnails.use(self._engine)
        if picture:
            self._search.search(query.of_file(picture))
        self._warm_up.start()

    def _begin_to_watch(self) -> None:
        self._tasks.start("begin to watch", self._watch_after_search())

    async def _watch_after_search(self) -> None:
        await self._search.ended()  # what has changed meanwhile must not hold up the first answer
        self._watch.follow()

    def _look_again(self) -> None:
        """Show what can be found now, which is more than before."""
        self._status.ask()
        self._search.ask_again()

    def _show_anew(self) -> None:
        """Show what can be found now, as photos have changed."""
        self._show_pictures_again()
        self._search.ask_again()

    def _show_missed_again(self) -> None:
        """Show what could not be shown before, if it can be now."""
        self._thumbnails.forget_missed()
        self._window.results.view.request_thumbnails()

    def _show_pictures_again(self) -> None:
        self._thumbnails.forget()
        self._window.results.view.request_thumbnails()
