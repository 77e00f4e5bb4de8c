"""Watching the photo folders of an open library, wherever their drives turn up."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

from core.watch.watcher import Watcher
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable

    from core.folders.service import FolderService
    from core.library.open_library import OpenLibrary
    from core.types import Changes, Root
    from core.workers import Workers


class WatchService:
    """Runs a watcher for each caller of `changes`."""

    def __init__(self, workers: Workers, library: OpenLibrary, folders: FolderService) -> None:
        self._workers, self._library, self._folders = workers, library, folders
        self._watchers: set[Watcher] = set()

    def roots_changed(self) -> None:
        """Make the watchers read the list of roots again."""
        for watcher in self._watchers:
            watcher.refresh_roots()

    async def changes(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed, endlessly: first each root, once it is watched. Close the generator.

        `on_trouble` gets a sentence for the user about a folder that cannot be watched.
        """
        find_roots = partial(run, self._workers.read, self._library.read_catalog.roots)
        watcher = Watcher(find_roots, self._is_online, self._library.files.folder.absolute(), on_trouble)
        self._watchers.add(watcher)
        try:
            async with aclosing(watcher.changes()) as all_changes:
                async for changes in all_changes:
                    yield changes
        finally:
            self._watchers.remove(watcher)

    async def _is_online(self, root: Root) -> bool:
        is_online = await self._folders.is_online(root)
        if not is_online:
            self.roots_changed()  # the search may have found it at another path
        return is_online
