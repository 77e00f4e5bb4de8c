"""The live watch of a library's folders, wherever their drives turn up."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from core.watch.watcher import Watcher
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from core.folders.service import FolderService
    from core.library.files import Library
    from core.library.open_library import OpenLibrary
    from core.types import Changes, Root
    from core.workers import Workers


class WatchService:
    """Watches for whoever asks, and is told when the library gets other folders."""

    def __init__(self, workers: Workers, library: Library, folder_service: FolderService) -> None:
        """Take note; nothing is watched before somebody asks."""
        self._workers, self._library, self._folder_service = workers, library, folder_service
        self._watchers: set[Watcher] = set()

    def roots_differ(self) -> None:
        """Take note that folders were added, removed or found elsewhere."""
        for watcher in self._watchers:
            watcher.look_again()

    async def changes(self, held: OpenLibrary, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed in the folders, without end: first each of them, once it is watched.

        `on_trouble` is given a sentence for the user about a folder that cannot be watched. To be closed.
        """
        find_roots = partial(run, self._workers.read, held.read_catalog.roots)
        leave_out = self._library.folder.absolute()
        watcher = Watcher(find_roots, partial(self._is_there, held), leave_out, on_trouble)
        self._watchers.add(watcher)
        try:
            async with aclosing(watcher.changes()) as all_changes:
                async for found in all_changes:
                    yield found
        finally:
            self._watchers.remove(watcher)

    async def _is_there(self, held: OpenLibrary, root: Root) -> bool:
        is_there = await self._folder_service.is_there(held, root)
        if not is_there:
            self.roots_differ()  # it may have been found elsewhere
        return is_there
