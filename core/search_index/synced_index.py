"""Keeps a search index in sync with the catalog and reconnects when it is unreachable."""

from __future__ import annotations

import asyncio
import logging
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from core.errors import SemblanceError, UnreachableIndexError
from core.reports import IndexState, Phase
from core.search_index.sync import Synchroniser
from core.vectors.schema import of_built
from core.workers import finish, run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Iterator, Sequence

    from core.catalog.sync_state import SyncState
    from core.search_index.sync import CopyProgress
    from core.types import Target, Vectors
    from core.vectors.index import Match, PhotoLocation, VectorIndex, Where
    from core.workers import Workers

FIRST_RETRY_DELAY, MAX_RETRY_DELAY = 1.0, 60.0
PROGRESS_INTERVAL = 0.1

log = logging.getLogger(__name__)


class SyncedIndex:
    """One search index that is kept in sync with the catalog. All methods but `push` are called on the event loop.

    While the index is unreachable, connecting is retried after one second and then at growing intervals of up to a
    minute. Photos that are pushed meanwhile are copied after the connection is back.
    """

    def __init__(
        self,
        workers: Workers,
        target: Target,
        sync_state: SyncState,
        connect: Callable[[], Awaitable[VectorIndex]],
        on_state: Callable[[SyncedIndex], None] = lambda _: None,
        check_space: Callable[[], None] = lambda: None,
        synchroniser: type[Synchroniser] = Synchroniser,
    ) -> None:
        """`connect` is called for every attempt to connect, and `on_state` after every change of the state."""
        self.target, self.is_quantized = target, of_built(target.spec).is_quantized
        self._workers, self._sync_state, self._connect, self._on_state = workers, sync_state, connect, on_state
        self._loop, self._check_space, self._synchroniser_type = asyncio.get_running_loop(), check_space, synchroniser
        self._index: VectorIndex | None = None
        self._synchroniser: Synchroniser | None = None
        self._state, self._closed = IndexState(Phase.OPENING), False
        self._error: BaseException | None = None
        self._changed, self._wake = asyncio.Event(), asyncio.Event()
        self._copy_lock = asyncio.Lock()
        self._sync_task: asyncio.Task[None] | None = None

    @property
    def state(self) -> IndexState:
        """Return the current state."""
        return self._state

    @property
    def is_exhaustive(self) -> bool:
        """Return whether a search compares with every photo of the catalog; False until the index has all of them."""
        return self._state.phase is Phase.READY and self._index is not None and self._index.is_exhaustive

    def start(self) -> None:
        """Open the index and copy missing photos to it in the background. After a failure, start again."""
        if self._sync_task is None or self._state.phase is Phase.FAILED:
            self._enter(IndexState(Phase.OPENING))
            self._sync_task = asyncio.create_task(self._open_and_sync(), name="open the search index")

    def retry(self) -> None:
        """Retry at once to connect to an unreachable index or to open one that failed."""
        self._wake.set()
        if self._state.phase is Phase.FAILED:
            self.start()

    async def wait_until_writable(self) -> None:
        """Wait until photos can be pushed.

        Return also if the index is unreachable, provided that it has been written to before: it gets the photos once it
        is back.

        Raises:
            SemblanceError: The index cannot be opened, or it is unreachable and was never written to.
        """
        try:
            await self.wait_until_searchable()
        except UnreachableIndexError:
            if not await run(self._workers.store, self._sync_state.is_known):
                raise  # the address is probably wrong

    async def pending_count(self) -> int:
        """Return the number of photos that are still to be copied to the index."""
        if self._state.phase is Phase.READY:
            return 0
        return len(await run(self._workers.store, self._sync_state.pending))

    async def wait_until_searchable(self) -> None:
        """Wait until the index can be searched.

        Raises:
            UnreachableIndexError: The index is unreachable at the moment.
            SemblanceError: The index cannot be opened.
        """
        await self._until(Phase.COPYING, Phase.READY)

    async def wait_until_complete(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        """Wait until the index has all photos. `on_copied` is called with the number of copied photos and their total.

        Raises:
            UnreachableIndexError: The index is unreachable at the moment.
            SemblanceError: The index cannot be opened, or copying failed.
        """
        await self._until(Phase.READY, on_copied=on_copied)

    def push(self, ids: Sequence[int]) -> None:
        """Copy photos to the index if it is connected. Called on the store thread.

        Raises:
            SemblanceError: The index rejected the photos.
        """
        if self._synchroniser:
            try:
                self._synchroniser.push(ids)
            except UnreachableIndexError as error:
                self._loop.call_soon_threadsafe(self._reconnect, error)

    async def flush(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        """Wait until the index has all photos on disk.

        If the index is unreachable, return at once. The photos are then written after the connection is back.

        Raises:
            SemblanceError: The index rejected the photos.
        """
        try:
            await self.wait_until_complete(on_copied)
            await self._sync(on_copied)
        except UnreachableIndexError as error:
            self._reconnect(error)

    async def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return at most `top_k` matches that meet `where` for each of the (N, D) vectors, best first.

        Raises:
            UnreachableIndexError: The index is unreachable at the moment.
            SemblanceError: The index cannot be opened, or the search failed.
        """
        await self.wait_until_searchable()
        index, _ = self._opened()
        generation = index.generation
        try:
            matches = await run(self._workers.read, index.search, vectors, top_k, where)
            if index.generation != generation:
                # The index was restarted during the search and may have lost rows. Restore them and search again.
                await self._sync()
                matches = await run(self._workers.read, index.search, vectors, top_k, where)
        except UnreachableIndexError as error:
            self._reconnect(error)
            raise
        return matches

    async def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return the locations of photos that a shared index has recorded. An index that is not shared has none."""
        if not ids:
            return {}  # even if the index is not open, so that it need not be for a search of the catalog
        index, _ = self._opened()
        return await run(self._workers.read, index.locations, ids) if index.is_shared else {}

    async def close(self) -> None:
        """Close the index after pending writes."""
        self._closed = True
        if self._sync_task:
            self._sync_task.cancel()
            await asyncio.wait([self._sync_task])
        await finish(asyncio.ensure_future(self._close_index()))

    async def _open_and_sync(self, lost: UnreachableIndexError | None = None) -> None:
        """Connect and reconcile. Retry while the index is unreachable. `lost` says why a previous connection ended."""
        delay = FIRST_RETRY_DELAY
        if lost:
            await self._disconnect(lost)
        while True:
            try:
                await self._open()
                _, synchroniser = self._opened()
                await self._copy(synchroniser.reconcile())
            except UnreachableIndexError as error:
                await self._disconnect(error)
            except Exception as error:  # noqa: BLE001 - raised in everything that waits for the index
                await self._close_index()
                self._error = error
                reason = str(error) if isinstance(error, SemblanceError) else f"{type(error).__name__}: {error}"
                self._enter(IndexState(Phase.FAILED, reason=reason))
                return
            else:
                self._enter(IndexState(Phase.READY))
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), delay)
            self._wake.clear()
            delay = min(2 * delay, MAX_RETRY_DELAY)

    async def _open(self) -> None:
        await self._close_index()
        self._index = await self._connect()
        self._synchroniser = self._synchroniser_type(self._sync_state, self._index, self._check_space)

    async def _sync(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        _, synchroniser = self._opened()
        await self._copy(synchroniser.sync(), on_copied)
        if self._state.phase is Phase.COPYING:
            self._enter(IndexState(Phase.READY))

    async def _copy(
        self, steps: Iterator[CopyProgress], on_copied: Callable[[int, int], None] = lambda *_: None
    ) -> None:
        """Run every step on the store thread. If copying takes long, report its progress at intervals."""
        reported = time.monotonic()
        async with self._copy_lock:
            while copied := await finish(asyncio.ensure_future(run(self._workers.store, next, steps, None))):
                if time.monotonic() - reported >= PROGRESS_INTERVAL:
                    reported = time.monotonic()
                    on_copied(copied.done, copied.total)
                    self._enter(IndexState(Phase.COPYING, copied.done, copied.total))

    def _reconnect(self, error: UnreachableIndexError) -> None:
        """Start to reconnect after the index has become unreachable, unless that is under way already."""
        is_in_use = self._state.phase in (Phase.READY, Phase.COPYING) and not self._closed
        if is_in_use and self._sync_task and self._sync_task.done():
            self._sync_task = asyncio.create_task(self._open_and_sync(error), name="reconnect to the search index")

    async def _disconnect(self, error: UnreachableIndexError) -> None:
        since = self._state.since or time.time()
        log.info("The search index is unreachable: %s", error)
        self._enter(IndexState(Phase.UNREACHABLE, since=since, reason=str(error)))
        await self._close_index()

    async def _close_index(self) -> None:
        synchroniser, self._index, self._synchroniser = self._synchroniser, None, None
        if synchroniser:
            await run(self._workers.store, synchroniser.close)

    def _opened(self) -> tuple[VectorIndex, Synchroniser]:
        if self._index is None or self._synchroniser is None:
            raise UnreachableIndexError(
                self._state.reason or "The search index is being opened or replaced. Try again in a moment."
            )
        return self._index, self._synchroniser

    def _enter(self, state: IndexState) -> None:
        self._state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        self._on_state(self)

    async def _until(self, *phases: Phase, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        while self._state.phase not in phases:
            if self._state.phase is Phase.UNREACHABLE:
                raise UnreachableIndexError(self._state.reason)
            if self._state.phase is Phase.FAILED and self._error:
                raise self._error
            await self._changed.wait()
            if self._state.phase is Phase.COPYING:
                on_copied(self._state.done, self._state.total)
