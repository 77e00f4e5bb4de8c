"""The engine: opens a library and offers everything that can be done with it as coroutines."""

from __future__ import annotations

from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING, Self

from core.errors import SemblanceError
from core.images.formats import extensions
from core.indexing.progress import Meter
from core.indexing.throttle import Throttle
from core.library.current_settings import CurrentSettings
from core.library.files import LibraryFiles
from core.maintenance.status import library_status
from core.reports import Hold, Stage
from core.scan.exclusion import checked_rules
from core.search.presence import presence
from core.search.retrieval import Retrieval
from core.search.search import PictureSearch
from core.search.verification import Verification
from core.search_index.service import copying, ignore
from core.search_index.targets import model_in_use
from core.session import open_session
from core.types import Changes
from core.workers import decoders, run, run_detached

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Callable, Sequence
    from pathlib import Path

    from core.catalog.database import Database
    from core.catalog.pairs import Pairs
    from core.library.settings import IndexingSettings, Settings
    from core.reports import BinReport, IndexReport, LibraryStatus, Progress, SearchQuality
    from core.search_index.backend import Backend
    from core.search_index.service import SearchIndex
    from core.search_request import SearchRequest
    from core.session import Session
    from core.types import DuplicateGroup, Failure, Hit, Photo, Presence, Root, Rules


class Engine:
    """One library: `async with Engine(library, settings) as engine`.

    Every method may raise a `SemblanceError`, whose text is a sentence for the user. Methods that change the library
    raise a `ReadOnlyLibraryError` if it is `read_only`.
    """

    def __init__(self, library: Path, settings: Settings, token: str = "", *, shared: bool = False) -> None:
        """Prepare an engine; `open` opens the library.

        If `token` is empty, the system's keyring is asked for it when a server is connected to. With `shared`, a
        library that another program has open is opened too, but read-only.
        """
        self._files = LibraryFiles(library)
        self._settings = CurrentSettings(library, settings, token)
        self._throttle = Throttle(decoders())
        self._throttle.set_gentle(settings.indexing.gentle)
        self._shared = shared
        self._session: Session | None = None

    @property
    def library(self) -> Path:
        """Return the library folder."""
        return self._files.folder

    @property
    def settings(self) -> Settings:
        """Return the settings in force."""
        return self._settings.settings

    @property
    def search_index(self) -> SearchIndex:
        """Return the search index of the open library."""
        return self._opened.search_index

    @property
    def picture_extensions(self) -> frozenset[str]:
        """Return the extensions of the files that can be read as pictures, in lower case and with the dot."""
        return extensions()

    async def open(self) -> None:
        """Create or open the library and its catalog. Fast: neither the model nor the index is loaded.

        A library that cannot be written is opened read-only: it can be searched, and every change of it is refused.

        Raises:
            LibraryInUseError: Another program has the library open.
            LibraryError: The folder cannot be used or its catalog is damaged.
        """
        self._session = await open_session(self._files, self._settings, self._throttle, shared=self._shared)

    async def close(self) -> None:
        """Stop every thread and process, keeping finished work. Cancel running calls first."""
        session, self._session = self._session, None
        if session:
            await session.close()

    async def __aenter__(self) -> Self:
        await self.open()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def read_only(self) -> str:
        """Return why the open library can only be read, as a sentence for the user; empty if it can be written."""
        return self._opened.library.read_only

    @property
    def _opened(self) -> Session:
        assert self._session, "the engine is not open"
        return self._session

    @property
    def _writable(self) -> Session:
        """Return the session for a change of the library. Raises an error if the library is read-only."""
        self._opened.library.check_writable()
        return self._opened

    async def warm_up(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Load the model and complete the index, so that the next search is immediate and finds everything.

        `on_progress` reports the download of the model's weights, if needed, and photos copied to the index. Cancelling
        stops both unless another caller waits for them; the next call continues.
        """
        session = self._opened
        session.workers.interactive.submit(session.decoders.start_early)
        backend = await session.search_index.get(on_progress or ignore)
        await backend.synced_index.wait_until_complete(copying(on_progress or ignore))

    async def add_folder(self, folder: Path) -> Root:
        """Add a photo folder without indexing it. A folder inside a root gets no root of its own.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        session = self._writable
        root = await session.folders.add(folder)
        session.watching.roots_changed()
        return root

    async def remove_folder(self, folder: Path) -> int:
        """Forget a folder and return how many photos it had. The photos themselves are not touched.

        Raises:
            FolderError: The folder is not in the library, or a drive that must be checked does not answer.
        """
        session = self._writable
        photos = await session.folders.forget(folder)
        await run(session.workers.interactive, session.decoders.forget, photos)
        session.watching.roots_changed()
        await session.search_index.flush_if_ready()
        return len(photos)

    async def move_to_bin(self, photos: Sequence[Path]) -> BinReport:
        """Move photos to the recycle bin of the system, and forget them. None is ever deleted.

        A photo stays where it is if the system cannot take it back, or if its file is not what was indexed.
        """
        report = await self._writable.folders.move_to_bin(photos)
        await self._writable.search_index.flush_if_ready()
        return report

    async def rules(self, folder: Path) -> Rules:
        """Return what is excluded from a folder.

        Raises:
            FolderError: The folder is not in the library, or a drive that must be checked does not answer.
        """
        return (await self._opened.folders.root_of(folder)).rules

    async def set_rules(self, folder: Path, rules: Rules) -> None:
        """Set what is excluded from a folder, starting with the next indexing run.

        Raises:
            FolderError: A pattern is invalid, or the folder is not in the library, as for `rules`.
        """
        await self._writable.folders.set_rules(folder, checked_rules(rules))

    async def locate_remote_folder(self, uuid: str, folder: Path) -> None:
        """Record where a folder of another computer is on this one, so that its photos can be opened.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        await self._writable.folders.locate_remote(uuid, folder)

    async def index(
        self,
        folders: Sequence[Path] | None = None,
        on_progress: Callable[[Progress], None] | None = None,
        changes: Changes | None = None,
    ) -> IndexReport:
        """Bring the catalog and the index up to date with the folders (None: all added ones). Runs are queued.

        With `changes`, as `watch` yields them, only those are scanned. Without, photos that could not be read before
        are read again, because the user may have repaired a file or a disk. `on_progress` is called on the event
        loop's thread, at most ten times a second. Cancelling the task keeps what is done and returns, within two
        seconds, a report that says `cancelled`.
        """

        async def find_changes() -> Changes | None:
            roots = frozenset([(await self.add_folder(folder)).uuid for folder in folders or ()])
            return changes if folders is None else Changes(roots=roots)

        session = self._writable
        report = await session.indexing.run(find_changes, on_progress or ignore, retries_failures=changes is None)
        session.watching.roots_changed()  # a drive may have been found at another path
        return report

    async def upgrade_model(self, on_progress: Callable[[Progress], None] | None = None) -> bool:
        """Read all photos for the new version of the model, then search with it. Return whether that has happened now.

        Until then, the old version answers. Without a new version, or with photos on a drive that is not connected,
        nothing changes. Cancelling keeps what is done; the next call continues.
        """
        return await self._writable.indexing.upgrade_model(on_progress or ignore)

    def watch(self, on_trouble: Callable[[str], None]) -> AsyncGenerator[Changes, None]:
        """Yield what may have changed in the folders, endlessly: first each folder, once it is watched.

        `on_trouble` gets a sentence for the user about a folder that cannot be watched. Close the generator after use.
        """
        return self._opened.watching.changes(on_trouble)

    @property
    def is_paused(self) -> bool:
        """Return whether the user has paused indexing."""
        return self._throttle.hold is Hold.PAUSED

    def pause(self) -> None:
        """Pause indexing, including later runs, until `resume`."""
        self._throttle.pause()

    def resume(self) -> None:
        """Continue after `pause`."""
        self._throttle.resume()

    def note_user_activity(self) -> None:
        """Leave one core to the user for a few seconds."""
        self._throttle.note_user_activity()

    async def set_indexing(self, indexing: IndexingSettings) -> None:
        """Change how photos are indexed, now and after the next start.

        Raises:
            LibraryError: The library folder cannot be written.
        """
        session = self._writable
        self._settings.use_indexing(indexing)
        self._throttle.set_gentle(indexing.gentle)
        if not indexing.pause_on_battery:
            self._throttle.set_on_battery(False)
        await run(session.workers.store, self._settings.save_indexing)

    async def search(self, request: SearchRequest) -> list[Hit]:
        """Return the photos that look most like a picture, best first.

        Raises:
            DecodeError: The query cannot be read as a picture.
            QueryError: The query is contradictory, or asks for what the model cannot do.
            FolderError: A folder of the filters is not in the library.
        """
        self._throttle.note_user_activity()
        search_index = self._opened.search_index
        while True:
            backend = await search_index.get()
            try:
                hits = await self._search(backend, request)
            except SemblanceError:
                if search_index.opened() in (backend, None):
                    raise
            else:
                if search_index.opened() in (backend, None):
                    return hits
            # A new version of the model replaced the one that was searched with, and nothing of the old one is left.

    async def verified_search(self, request: SearchRequest) -> AsyncGenerator[list[Hit], None]:
        """Yield the hits once they are found, and then again each time that verification has improved their order.

        Verification compares the best hits with the query picture by local features. It moves up those that show the
        same scene, and tells what they share with the picture. Close the generator after use.

        Raises:
            DecodeError, QueryError, FolderError: As for `search`.
        """
        session = self._opened
        verification = Verification(session.workers, session.matching)
        hits = await self.search(verification.candidates(request))
        yield hits[: request.top_k]
        async with aclosing(verification.refine(request, hits)) as refinements:
            async for refined in refinements:
                yield refined[: request.top_k]

    async def presence(self, request: SearchRequest) -> tuple[Presence, Hit | None]:
        """Return whether the library has a picture, with the photo that shows it, or else with the closest photo.

        An edited version is recognised by comparing the first hits with the picture, so the request must have a single
        picture and not forbid that.

        Raises:
            DecodeError, QueryError, FolderError: As for `search`.
        """
        async with aclosing(self.verified_search(request)) as answers:
            return await presence(answers)

    async def _search(self, backend: Backend, request: SearchRequest) -> list[Hit]:
        session, retrieval = self._opened, self._retrieval(backend)
        searching = PictureSearch(session.workers, session.decoders, backend.embedder, retrieval)
        return await searching.search(request)

    def _retrieval(self, backend: Backend) -> Retrieval:
        session, index = self._opened, lambda: backend.synced_index
        database, key = session.library.read_database, backend.embedder.key
        return Retrieval(session.workers, database, session.sample, key, index, session.folders.parts)

    async def check_search(self, samples: int, on_progress: Callable[[Progress], None] | None = None) -> SearchQuality:
        """Return how well edited copies of some photos of the library are found, and what takes how long."""
        from core.search.quality import QualityCheck  # imported here, because everything else starts sooner without it

        await self.warm_up(on_progress)
        session, backend = self._opened, await self.search_index.get()
        retrieval, meter = self._retrieval(backend), Meter(on_progress or ignore)
        check = QualityCheck(session.workers, session.decoders, backend.embedder, retrieval, self.verified_search)
        return await check.run(samples, partial(meter.begin, Stage.CHECKING), meter.advance)

    async def find_duplicates(self, on_progress: Callable[[Progress], None] | None = None) -> None:
        """Compare the photos that have not been compared yet with all others. `duplicates` returns what is found.

        Cancelling keeps what is done; the next call continues, and tries photos again that cannot be read now.
        """
        from core.duplicates.finder import DuplicateFinder  # imported here, like QualityCheck

        session = self._writable
        meter, pairs = Meter(on_progress or ignore), await self._pairs(session.library.database)
        finder = DuplicateFinder(session.workers, pairs, session.library.catalog, session.matching)
        await finder.find(self._throttle.begin(meter.hold), meter)

    async def duplicates(self) -> list[DuplicateGroup]:
        """Return the groups of duplicates that are known: by kind, the largest ones first."""
        from core.duplicates.finder import duplicate_groups  # imported here, like QualityCheck

        session = self._opened
        pairs = await self._pairs(session.library.read_database)
        return await run(session.workers.read, duplicate_groups, pairs, session.library.read_catalog)

    async def _pairs(self, database: Database) -> Pairs:
        from core.catalog.pairs import Pairs  # imported here, like QualityCheck

        session = self._opened
        model = await run(session.workers.read, model_in_use, session.library.read_database, self.settings.model)
        return Pairs(database, model.key)

    async def fetch_picture(self, address: str) -> bytes:
        """Return the content of the picture at a web address, to search with. Nothing of it is kept.

        Raises:
            DecodeError: It cannot be fetched, within half a minute and 50 MB, or is a web page.
        """
        from core.search.web_picture import fetch_picture  # imported here, because few searches need it

        return await run_detached(partial(fetch_picture, address))

    async def preview(self, picture: Path | bytes, side: int) -> bytes:
        """Return a JPEG of any picture that fits into a square of `side` pixels. Nothing of it is kept.

        Raises:
            DecodeError: It cannot be read as a picture.
        """
        return await run(self._opened.workers.interactive, self._opened.decoders.preview, picture, side)

    async def thumbnail(self, photo: Path, side: int) -> bytes:
        """Return a JPEG of a photo of the library that fits into a square of `side` pixels. Cached on disk.

        Raises:
            DecodeError: The photo cannot be read.
        """
        return await run(self._opened.workers.interactive, self._opened.decoders.thumbnail, photo, side)

    async def status(self) -> LibraryStatus:
        """Return what the library contains."""
        session = self._opened
        size = await run(session.workers.interactive, self._files.size)
        online, database = await session.folders.online_states(), session.library.read_database
        return await run(session.workers.read, library_status, database, self.settings, self._files, online, size)

    async def photos_by_date(self) -> list[Photo]:
        """Return all photos that could be read, newest first: by when they were taken, or else their files changed."""
        return await run(self._opened.workers.read, self._opened.library.read_catalog.by_date)

    async def photo_count(self) -> int:
        """Return the number of photos in the library, which takes less time than `status`."""
        return await run(self._opened.workers.read, self._opened.library.read_catalog.photos)

    async def failures(self) -> list[Failure]:
        """Return the photos that could not be read and those whose end is missing, by path."""
        return await run(self._opened.workers.read, self._opened.library.read_catalog.failures)
