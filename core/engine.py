"""The engine: opens a library, owns the threads, and offers everything as coroutines."""

from __future__ import annotations

import asyncio
from functools import partial
from typing import TYPE_CHECKING, Self

from core import roots, settings
from core.backend import Backend, open_backend
from core.catalog.catalog import Catalog
from core.catalog.database import Database
from core.errors import FolderError, LibraryError, VectorIndexError
from core.image.thumbnail import ThumbnailCache
from core.indexing import Indexing, Tools, nothing_done
from core.library import Library, LibraryLock
from core.searching import Searching
from core.status import library_status
from core.types import Progress, Stage
from core.workers import Workers, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.settings import Settings
    from core.types import Failure, IndexReport, LibraryStatus, Root, SearchHit, Views


def _ignore(_: Progress) -> None:
    """Listen to nothing."""


class Engine:
    """One open library: `async with Engine(library, settings) as engine`.

    Every method may raise a `SemblanceError`, whose text is a sentence for the user.
    """

    def __init__(self, library: Path, settings: Settings, token: str = "") -> None:
        """Take note of the library; nothing is touched before `open`."""
        self._library = Library(library)
        self._settings = settings
        self._token = token
        self._thumbnails = ThumbnailCache(self._library.thumbnails)
        self._workers = Workers()
        self._indexing = asyncio.Lock()
        self._lock: LibraryLock | None = None
        self._databases: list[Database] = []
        self._backend: asyncio.Task[Backend] | None = None
        self._listeners: list[Callable[[Progress], None]] = []

    async def open(self) -> None:
        """Create or open the library and its catalog. Quick: neither the model nor the index is loaded.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """
        await run(self._workers.store, self._open)

    def _open(self) -> None:
        self._lock = LibraryLock(self._library.folder)
        # The first connection writes, on the store thread; the second reads, so that neither waits for the other.
        for _ in range(2):
            self._databases.append(Database(self._library.catalog))

    async def close(self) -> None:
        """End every thread and process, keeping what is done. Calls that still run are to be cancelled first."""
        await self._let_go()
        self._workers.shutdown()
        while self._databases:
            self._databases.pop().close()
        if self._lock:
            self._lock.release()

    async def _let_go(self) -> None:
        """Close the model and the index; the next call that needs them opens them again."""
        backend, self._backend = self._backend, None
        if backend:
            backend.cancel()
            (opened,) = await asyncio.gather(backend, return_exceptions=True)
            if isinstance(opened, Backend):
                await run(self._workers.store, opened.close)

    async def __aenter__(self) -> Self:
        try:
            await self.open()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Load the model and the index, so that the next search answers at once.

        `on_progress` hears of the download of the model's weights, where they have to be fetched. Cancelling stops that
        unless somebody else waits for it too; the next caller carries on with it.
        """
        await self._ready(on_progress or _ignore)

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder; `index` reads it. A folder inside a known one is covered by that one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        path = await run(self._workers.view, roots.checked, folder)
        return await run(self._workers.store, self._add_folder, path)

    def _add_folder(self, path: Path) -> Root:
        known = self._catalog.roots()
        if covering := roots.covering(known, path):
            return covering
        # Their photos come back as the new root's, and their embeddings are still there.
        for root in roots.inside(known, path):
            self._catalog.forget_root(root)
        return self._catalog.add_root(path)

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder and return how many photos were in it. The photos themselves are not touched.

        Raises:
            FolderError: The folder is not in the library.
        """
        count = await run(self._workers.store, self._remove_folder, folder)
        # Where the index is not open, it forgets them when it is opened next.
        if self._backend and self._backend.done() and self._opened(self._backend):
            await run(self._workers.store, self._backend.result().synchroniser.settle)
        return count

    def _remove_folder(self, folder: Path) -> int:
        path = folder.absolute()
        known = self._catalog.roots()
        root = roots.same(known, path)
        if root is None:
            names = ", ".join(str(root.path) for root in known) or "none"
            raise FolderError(f"The folder {path} is not in the library. Its folders are: {names}.")
        count = self._catalog.forget_root(root)
        self._catalog.purge()
        return count

    async def index(
        self, folders: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        """Bring the index up to date with the folders (None: all that were added). One run at a time; another waits.

        `on_progress` is called on the event loop's thread, at most ten times a second. Cancelling the task keeps what
        is done and returns, within two seconds, a report that says `cancelled`.
        """
        listener = on_progress or _ignore
        async with self._indexing:
            try:
                tools, online = await self._prepare(folders, listener)
            except asyncio.CancelledError:
                return nothing_done(self._settings.model)
            try:
                return await Indexing(tools, listener).run(online)
            except (LibraryError, VectorIndexError):
                await self._let_go()  # what was written last is in doubt; opening the index again settles it
                raise

    async def _prepare(
        self, folders: Sequence[Path] | None, listener: Callable[[Progress], None]
    ) -> tuple[Tools, list[Root]]:
        if folders is None:
            chosen = await run(self._workers.store, self._catalog.roots)
        else:
            chosen = list(dict.fromkeys([await self.add_folder(folder) for folder in folders]))
        online = [root for root in chosen if await run(self._workers.view, roots.is_online, root)]
        backend = await self._ready(listener)
        await run(self._workers.store, settings.save, self._library.folder, self._settings)
        catalogs, model = (self._catalog, self._reader), self._settings.model
        return Tools(self._workers, *catalogs, backend.embedder, backend.synchroniser, model, self._library), online

    async def search(
        self, query: Path | bytes, *, top_k: int = 20, min_score: float = -1.0, views: Views = "auto"
    ) -> list[SearchHit]:
        """Return the photos that look most like a picture (a file, or the bytes of one), best first.

        Raises:
            DecodeError: The query cannot be read as a picture.
        """
        backend = await self._ready()
        searching = Searching(self._workers, self._reader, backend.embedder, backend.index, backend.synchroniser)
        return await searching.search(query, top_k, min_score, views)

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the disk cache where it is there.

        Raises:
            DecodeError: The photo cannot be read.
        """
        return await run(self._workers.view, self._thumbnails.get, photo, side)

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""
        size = await run(self._workers.view, self._library.size)
        return await run(self._workers.read, library_status, self._reader, self._settings, self._library, size)

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read, by path."""
        return await run(self._workers.read, self._reader.failures)

    @property
    def _catalog(self) -> Catalog:
        return Catalog(self._databases[0])

    @property
    def _reader(self) -> Catalog:
        return Catalog(self._databases[1])

    async def _ready(self, listener: Callable[[Progress], None] = _ignore) -> Backend:
        """Return the model and the index, which the first caller opens and those after it wait for."""
        while self._backend and self._backend.cancelling() and not self._backend.done():
            await asyncio.wait([self._backend])  # given up a moment ago: its process has to end first
        if self._backend is None or (self._backend.done() and not self._opened(self._backend)):
            on_download = partial(self._on_download, asyncio.get_running_loop())
            opening = open_backend(
                self._workers, self._library, self._databases[0], self._settings, self._token, on_download
            )
            self._backend = asyncio.create_task(opening, name="open the model and the index")
        backend = self._backend
        self._listeners.append(listener)
        try:
            # Shielded: a caller that is cancelled must not take the model away from the others.
            return await asyncio.shield(backend)
        except asyncio.CancelledError:
            if len(self._listeners) == 1:
                backend.cancel()
            raise
        finally:
            self._listeners.remove(listener)

    def _on_download(self, loop: asyncio.AbstractEventLoop, done: int, total: int | None) -> None:
        """Called on the model thread for each piece of a model's weights."""
        loop.call_soon_threadsafe(self._tell, Progress(Stage.DOWNLOADING, done, total or 0))

    def _tell(self, progress: Progress) -> None:
        for listener in self._listeners:
            listener(progress)

    @staticmethod
    def _opened(task: asyncio.Task[Backend]) -> bool:
        return not task.cancelled() and task.exception() is None
