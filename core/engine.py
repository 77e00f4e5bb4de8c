"""The engine: opens a library, owns the threads, and offers everything as coroutines."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

from core.folders.service import FolderService
from core.images.interactive_workers import InteractiveWorkers
from core.indexing.runner import IndexRunner
from core.indexing.throttle import Throttle
from core.library.current_settings import CurrentSettings
from core.library.files import Library
from core.library.open_library import OpenLibrary
from core.maintenance.status import library_status
from core.reports import Hold, Phase
from core.scan.exclusion import checked_rules
from core.search.search import PictureSearch
from core.search_index.backend import Backend
from core.search_index.lazy_backend import LazyBackend, copying, ignore
from core.search_index.service import SearchIndex
from core.types import Changes
from core.watch.service import WatchService
from core.workers import Workers, decoders, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from core.library.settings import Settings
    from core.reports import IndexReport, LibraryStatus, Progress
    from core.types import Failure, Root, Rules, SearchHit, Views


class Engine:
    """One open library: `async with Engine(library, settings) as engine`.

    Every method may raise a `SemblanceError`, whose text is a sentence for the user.
    """

    def __init__(self, library: Path, settings: Settings, token: str = "") -> None:
        """Take note of the library; nothing is touched before `open`.

        An empty token is asked of the system's keyring when a server is connected to.
        """
        self._library = Library(library)
        self._choices = CurrentSettings(library, settings, token)
        self._viewers = InteractiveWorkers(self._library.thumbnails)
        self._workers = Workers()
        self._held: OpenLibrary | None = None
        self._shared = LazyBackend(
            lambda on_state: Backend(self._workers, self._library, self._open.database, self._choices, on_state)
        )
        self._throttle = Throttle(decoders())
        self._throttle.be_gentle(settings.gentle)
        self._folder_service = FolderService(self._workers)
        self._runs = IndexRunner(
            self._workers, self._library, self._shared, self._choices, self._throttle, self._folder_service
        )
        self._live = WatchService(self._workers, self._library, self._folder_service)
        self.search_index = SearchIndex(self._workers, self._shared, lambda: self._open)

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._choices.settings

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
        await self._folder_service.close()
        await self._shared.let_go()
        self._viewers.close()
        self._workers.shutdown()
        if self._held:
            self._held.close()
            self._held = None

    @property
    def _open(self) -> OpenLibrary:
        assert self._held, "the engine is not open"
        return self._held

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
        self._workers.interactive.submit(self._viewers.get_ready)
        backend = await self._shared.get(on_progress or ignore)
        await backend.replica.whole(copying(on_progress or ignore))

    async def add_folder(self, folder: Path) -> Root:
        """Remember a photo folder; `index` reads it. A folder inside a known one is covered by that one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        root = await self._folder_service.add(self._open, folder)
        self._live.roots_differ()
        return root

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder and return how many photos were in it. The photos themselves are not touched.

        Raises:
            FolderError: The folder is not in the library, or that cannot be told as a drive does not answer.
        """
        photos = await self._folder_service.forget(self._open, folder)
        await run(self._workers.interactive, self._viewers.forget, photos)
        self._live.roots_differ()
        # Where the index is not open, it forgets them when it is opened next.
        if (backend := self._shared.opened()) and backend.replica.state.phase is Phase.READY:
            await backend.replica.settle()
        return len(photos)

    async def rules(self, folder: Path) -> Rules:
        """Return what is passed over in a folder.

        Raises:
            FolderError: The folder is not in the library, or that cannot be told as a drive does not answer.
        """
        return (await self._folder_service.root_of(self._open, folder)).rules

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        """Note what is passed over in a folder; the next run acts on it.

        Raises:
            FolderError: A pattern has no meaning, or the folder is not in the library, as in `rules`.
        """
        await self._folder_service.set_rules(self._open, folder, checked_rules(rules))

    async def index(
        self,
        folders: Sequence[Path] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        changes: Changes | None = None,
    ) -> IndexReport:
        """Bring the index up to date with the folders (None: all that were added). One run at a time; another waits.

        With `changes`, which `watch` yields, only these are looked at.
        `on_progress` is called on the event loop's thread, at most ten times a second. Cancelling the task keeps what
        is done and returns, within two seconds, a report that says `cancelled`.
        """

        async def find_changes() -> Changes | None:
            roots = frozenset([(await self.add_folder(folder)).uuid for folder in folders or ()])
            return changes if folders is None else Changes(roots=roots)

        report = await self._runs.run(self._open, find_changes, on_progress or ignore)
        self._live.roots_differ()  # a drive may have been found elsewhere
        return report

    def watch(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed in the folders, without end: first each of them, once it is watched.

        `on_trouble` is given a sentence for the user about a folder that cannot be watched. To be closed.
        """
        return self._live.changes(self._open, on_trouble)

    @property
    def is_paused(self) -> bool:
        """Tell whether the user has paused indexing."""
        return self._throttle.hold is Hold.PAUSED

    def pause(self) -> None:
        """Hold the run under way, and those that begin later, until `resume`."""
        self._throttle.pause()

    def resume(self) -> None:
        """Go on after `pause`."""
        self._throttle.resume()

    def user_is_at_work(self) -> None:
        """Leave a core to the user for some seconds."""
        self._throttle.user_is_at_work()

    async def choose(self, *, gentle: bool, pause_on_battery: bool, watch: bool) -> None:
        """Take over how indexing is to behave, now and after the next start.

        Raises:
            LibraryError: The library folder cannot be written.
        """
        self._choices.use_pace(gentle=gentle, pause_on_battery=pause_on_battery, watch=watch)
        self._throttle.be_gentle(gentle)
        if not pause_on_battery:
            self._throttle.hold_on_battery(False)
        await run(self._workers.store, self._choices.save_pace)

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

        With `within`, only those in these folders of the library, each of them compared exactly.

        Raises:
            DecodeError: The query cannot be read as a picture.
        """
        self._throttle.user_is_at_work()
        parts = None if within is None else await self._folder_service.parts(self._open, within)
        backend = await self._shared.get()
        finder = PictureSearch(
            self._workers, self._viewers, self._open.read_database, backend.embedder, lambda: backend.replica
        )
        hits = await finder.search(query, top_k, min_score, views, parts)
        self.search_index.note(hits)
        return hits

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of the photo that fits into a square of `side` pixels, from the disk cache where it is there.

        Raises:
            DecodeError: The photo cannot be read.
        """
        return await run(self._workers.interactive, self._viewers.thumbnail, photo, side)

    async def status(self) -> LibraryStatus:
        """Return what the library holds."""
        size = await run(self._workers.interactive, self._library.size)
        there, reader = await self._folder_service.presence(self._open), self._open.read_database
        return await run(self._workers.read, library_status, reader, self.settings, self._library, there, size)

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read, by path."""
        return await run(self._workers.read, self._open.read_catalog.failures)
