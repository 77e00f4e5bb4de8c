"""The engine: opens a library, owns the threads, and offers everything as coroutines."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from core import roots
from core.backend import Backend
from core.catalog.indexes import Indexes
from core.folders import add_folder, forget_folder
from core.image.thumbnail import ThumbnailCache
from core.library import Library
from core.open_library import OpenLibrary
from core.reports import Phase
from core.runs import Runs
from core.searching import Searching
from core.shared_backend import SharedBackend, copying, ignore
from core.status import library_status
from core.targets import offered
from core.workers import Workers, run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from core.reports import ConnectionReport, IndexReport, IndexState, LibraryStatus, MoveReport, Progress
    from core.settings import Settings
    from core.types import Failure, ForeignRoot, IndexType, Root, SearchHit, Views


class Engine:
    """One open library: `async with Engine(library, settings) as engine`.

    Every method may raise a `SemblanceError`, whose text is a sentence for the user.
    """

    def __init__(self, library: Path, settings: Settings, token: str = "") -> None:
        """Take note of the library; nothing is touched before `open`.

        An empty token is asked of the system's keyring when a server is connected to.
        """
        self._library = Library(library)
        self._settings = settings
        self._token = token
        self._thumbnails = ThumbnailCache(self._library.thumbnails)
        self._workers = Workers()
        self._held: OpenLibrary | None = None
        self._shared = SharedBackend(self._make_backend)
        self._runs = Runs(self._workers, self._library, self._shared)
        self._foreign: dict[str, ForeignRoot] = {}

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._settings

    @property
    def index_state(self) -> IndexState:
        """Return how the search index is; OPENING also before anybody needed it."""
        return self._shared.state

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener` on the event loop's thread at every change of the search index's state."""
        self._shared.listen(listener)

    def retry(self) -> None:
        """Try a search index that is away, or failed, now."""
        self._shared.retry()

    def index_types(self) -> tuple[IndexType, ...]:
        """Return the types of search index on offer."""
        return offered()

    async def open(self) -> None:
        """Create or open the library and its catalog. Quick: neither the model nor the index is loaded.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be written or its catalog is damaged.
        """
        await run(self._workers.store, self._take)

    def _take(self) -> None:
        self._held = OpenLibrary(self._library)

    async def close(self) -> None:
        """End every thread and process, keeping what is done. Calls that still run are to be cancelled first."""
        await self._shared.let_go()
        self._workers.shutdown()
        if self._held:
            self._held.close()
            self._held = None

    @property
    def _open(self) -> OpenLibrary:
        assert self._held, "the engine is not open"
        return self._held

    def _make_backend(self, on_state: Callable[[IndexState], None]) -> Backend:
        return Backend(self._workers, self._library, self._open.writer, self._settings, self._token, on_state)

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
        """Load the model and make the index whole, so that the next search answers at once and completely.

        `on_progress` hears of the download of the model's weights, where they have to be fetched, and of photos that
        the index lacked. Cancelling stops that unless somebody else waits for it too; the next caller carries on.
        """
        listener = on_progress or ignore
        backend = await self._shared.get(listener)
        await backend.replica.whole(copying(listener))

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder; `index` reads it. A folder inside a known one is covered by that one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        path = await run(self._workers.view, roots.checked, folder)
        return await run(self._workers.store, add_folder, self._open.catalog, path)

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder and return how many photos were in it. The photos themselves are not touched.

        Raises:
            FolderError: The folder is not in the library.
        """
        count = await run(self._workers.store, forget_folder, self._open.catalog, folder)
        # Where the index is not open, it forgets them when it is opened next.
        if (backend := self._shared.opened()) and backend.replica.state.phase is Phase.READY:
            await backend.replica.settle()
        return count

    async def index(
        self, folders: Sequence[Path] | None = None, on_progress: Callable[[Progress], None] | None = None
    ) -> IndexReport:
        """Bring the index up to date with the folders (None: all that were added). One run at a time; another waits.

        `on_progress` is called on the event loop's thread, at most ten times a second. Cancelling the task keeps what
        is done and returns, within two seconds, a report that says `cancelled`.
        """

        async def find_roots() -> list[Root]:
            if folders is None:
                return await run(self._workers.store, self._open.catalog.roots)
            return list(dict.fromkeys([await self.add_folder(folder) for folder in folders]))

        return await self._runs.run(self._open, self._settings, find_roots, on_progress or ignore)

    async def search(
        self,
        query: Path | bytes,
        *,
        top_k: int = 20,
        min_score: float = -1.0,
        views: Views = "auto",
        within: Sequence[Path] | None = None,
    ) -> list[SearchHit]:
        """Return the photos that look most like a picture (a file, or the bytes of one), best first.

        With `within`, only those in these folders, each of them compared exactly.

        Raises:
            DecodeError: The query cannot be read as a picture.
        """
        backend = await self._shared.get()
        searching = Searching(self._workers, self._open.reader, backend.embedder, lambda: backend.replica)
        hits = await searching.search(query, top_k, min_score, views, within)
        self._foreign.update({hit.elsewhere.uuid: hit.elsewhere for hit in hits if hit.elsewhere})
        return hits

    async def test_connection(self, wanted: Settings, token: str) -> ConnectionReport:
        """Return what the server of some settings answers, within seconds. Cancelling ends the waiting.

        Raises:
            VectorIndexError: Why it cannot be used, in plain words.
        """
        return await (await self._shared.get()).test(wanted, token)

    async def move(
        self, wanted: Settings, token: str, on_progress: Callable[[Progress], None] | None = None
    ) -> MoveReport:
        """Build the index that some settings want from the catalog, let it take over, and save the settings.

        The model is not run. Until then, and where this fails or is cancelled, the old index answers; the same call
        goes on where the last one was.
        """
        listener = on_progress or ignore
        backend = await self._shared.get(listener)
        wanted = replace(wanted, model=self._settings.model, weights=self._settings.weights)
        report = await backend.move(wanted, token, copying(listener))
        self._settings, self._token = wanted, token
        return report

    async def foreign_roots(self) -> list[ForeignRoot]:
        """Return the folders of other computers that were seen in results and are not known to be here."""
        known = await run(self._workers.read, Indexes(self._open.reader).elsewhere)
        return [root for uuid, root in self._foreign.items() if uuid not in known]

    async def locate(self, uuid: str, folder: Path) -> None:
        """Take note of where a folder of another computer is on this one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        path = await run(self._workers.view, roots.checked, folder)
        await run(self._workers.store, Indexes(self._open.writer).locate, uuid, path)

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the disk cache where it is there.

        Raises:
            DecodeError: The photo cannot be read.
        """
        return await run(self._workers.view, self._thumbnails.get, photo, side)

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""
        size = await run(self._workers.view, self._library.size)
        return await run(self._workers.read, library_status, self._open.reader, self._settings, self._library, size)

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read, by path."""
        return await run(self._workers.read, self._open.view.failures)
