"""The search index of an open library, for those who choose it, wait for it, or know more of its photos."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.search_indexes import SearchIndexes
from core.folders import nesting
from core.search_index.lazy_backend import copying, ignore
from core.search_index.targets import offered
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path

    from core.library.open_library import OpenLibrary
    from core.library.settings import Settings
    from core.reports import ConnectionReport, IndexState, MoveReport, Progress
    from core.search_index.lazy_backend import LazyBackend
    from core.types import IndexType, RemoteFolder, SearchHit
    from core.workers import Workers


class SearchIndex:
    """How the index is, which types there are, and moving to another one."""

    def __init__(self, workers: Workers, shared: LazyBackend, library: Callable[[], OpenLibrary]) -> None:
        """Take note; `library` returns the open one."""
        self._workers, self._shared, self._library = workers, shared, library
        self._foreign: dict[str, RemoteFolder] = {}

    @property
    def state(self) -> IndexState:
        """Return how the index is; OPENING also before anybody needed it."""
        return self._shared.state

    def listen(self, listener: Callable[[IndexState], None]) -> None:
        """Call `listener` on the event loop's thread at every change of the index's state."""
        self._shared.listen(listener)

    def retry(self) -> None:
        """Try an index that is away, or failed, now."""
        self._shared.retry()

    def types(self) -> tuple[IndexType, ...]:
        """Return the types of index on offer."""
        return offered()

    async def test(self, wanted: Settings, token: str) -> ConnectionReport:
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
        return await backend.move(wanted, token, copying(listener))

    def note(self, hits: Iterable[SearchHit]) -> None:
        """Remember the folders of other computers among what was found."""
        self._foreign.update({hit.elsewhere.uuid: hit.elsewhere for hit in hits if hit.elsewhere})

    async def foreign_roots(self) -> list[RemoteFolder]:
        """Return the folders of other computers that were seen in results and are not known to be here."""
        known = await run(self._workers.read, SearchIndexes(self._library().read_database).elsewhere)
        return [root for uuid, root in self._foreign.items() if uuid not in known]

    async def locate(self, uuid: str, folder: Path) -> None:
        """Take note of where a folder of another computer is on this one.

        Raises:
            FolderError: It is not a folder or cannot be read.
        """
        path = await run(self._workers.interactive, nesting.checked, folder)
        await run(self._workers.store, SearchIndexes(self._library().database).locate, uuid, path)
