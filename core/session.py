"""Everything that works on one open library."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack
from typing import TYPE_CHECKING

from core.folders.service import FolderService
from core.images.interactive_workers import InteractiveWorkers
from core.images.matching.workers import MatchingWorkers
from core.indexing.runner import IndexRunner
from core.library.open_library import OpenLibrary
from core.search.background import LibrarySample
from core.search_index.service import SearchIndex
from core.watch.watcher import WatchService
from core.workers import Workers, finish, run

if TYPE_CHECKING:
    from core.indexing.throttle import Throttle
    from core.library.current_settings import CurrentSettings
    from core.library.files import LibraryFiles


class Session:
    """What `Engine.open` builds and `Engine.close` takes apart."""

    def __init__(self, workers: Workers, library: OpenLibrary, settings: CurrentSettings, throttle: Throttle) -> None:
        self.workers, self.library = workers, library
        self.decoders = InteractiveWorkers(library.files.thumbnails)
        self.matching = MatchingWorkers(library.files.thumbnails)
        self.sample = LibrarySample()
        self.folders = FolderService(workers, library)
        self.search_index = SearchIndex(workers, library, settings)
        self.indexing = IndexRunner(workers, library, settings, self.search_index, throttle, self.folders)
        self.watching = WatchService(workers, library, self.folders)

    async def close(self) -> None:
        """Stop every thread and process, keeping finished work. Cancel running calls first.

        If closing one part fails, for example because the library's disk was disconnected, the others are closed too.
        """
        async with AsyncExitStack() as parts:  # closes them from the last to the first
            parts.callback(self.library.close)
            parts.callback(self.workers.shutdown)
            parts.callback(self.decoders.close)
            parts.callback(self.matching.close)
            parts.push_async_callback(self.search_index.close)
            parts.push_async_callback(self.folders.close)


async def open_session(
    files: LibraryFiles, settings: CurrentSettings, throttle: Throttle, *, shared: bool = False
) -> Session:
    """Open a library as `OpenLibrary` does. Neither the model nor the search index is loaded.

    Raises:
        LibraryInUseError: Another program has the library open.
        LibraryError: The folder cannot be used or its catalog is damaged.
    """
    workers = Workers()
    opening = asyncio.ensure_future(run(workers.store, OpenLibrary, files, shared=shared))
    try:
        return Session(workers, await finish(opening), settings, throttle)
    except BaseException:
        if not opening.cancelled() and not opening.exception():
            opening.result().close()  # cancelled just after the library was opened
        workers.shutdown()
        raise
