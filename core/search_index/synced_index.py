"""A search index that follows the catalog: opened, caught up, searched, and waited for while it is away."""

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
    from core.search_index.sync import Copied
    from core.types import Target, Vectors
    from core.vectors.index import Match, PhotoLocation, VectorIndex, Where
    from core.workers import Workers

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
TELL_SECONDS = 0.1

log = logging.getLogger(__name__)


class SyncedIndex:
    """One search index. Used from the event loop, but for `push`.

    While nothing answers there it is tried again, after a second and then ever more rarely; what is pushed meanwhile
    is left to the copying that follows.
    """

    def __init__(
        self,
        workers: Workers,
        target: Target,
        sync_state: SyncState,
        connect: Callable[[], Awaitable[VectorIndex]],
        on_state: Callable[[SyncedIndex], None] = lambda _: None,
        check_space: Callable[[], None] = lambda: None,
    ) -> None:
        """Take note. `connect` is called for every attempt; `on_state` hears of every change of the state."""
        spec = of_built(target.spec)
        self.target, self.is_quantized, self.is_exhaustive = target, spec.is_quantized, spec.is_exhaustive
        self._workers, self._sync_state, self._connect, self._on_state = workers, sync_state, connect, on_state
        self._loop, self._check_space = asyncio.get_running_loop(), check_space
        self._index: VectorIndex | None = None
        self._synchroniser: Synchroniser | None = None
        self._state, self._closed = IndexState(Phase.OPENING), False
        self._error: BaseException | None = None
        self._changed, self._wake = asyncio.Event(), asyncio.Event()
        self._turn = asyncio.Lock()
        self._keeping: asyncio.Task[None] | None = None

    @property
    def state(self) -> IndexState:
        """Return how the index is."""
        return self._state

    def start(self) -> None:
        """Open the index and copy what it lacks, in the background; again, where that failed before."""
        if self._keeping is None or self._state.phase is Phase.FAILED:
            self._enter(IndexState(Phase.OPENING))
            self._keeping = asyncio.create_task(self._keep(), name="keep the search index")

    def retry(self) -> None:
        """Try a server that is away now."""
        self._wake.set()
        if self._state.phase is Phase.FAILED:
            self.start()

    async def follows(self) -> None:
        """Wait until photos can be pushed. An index that is away takes them later, if it was ever there.

        Raises:
            SemblanceError: As `answering`.
        """
        try:
            await self.answering()
        except UnreachableIndexError:
            if not await run(self._workers.store, self._sync_state.is_known):
                raise  # more likely a wrong address than a server that is away

    async def waiting(self) -> int:
        """Return how many photos the index still lacks."""
        if self._state.phase is Phase.READY:
            return 0
        return len(await run(self._workers.store, self._sync_state.pending))

    async def answering(self) -> None:
        """Wait until the index can be searched.

        Raises:
            SemblanceError: It cannot be opened; where it is only away, it is an `UnreachableIndexError`.
        """
        await self._until(Phase.COPYING, Phase.READY)

    async def whole(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        """Wait until the index has everything; `on_copied` hears of how many photos of how many are copied.

        Raises:
            SemblanceError: As `answering`, or copying failed.
        """
        await self._until(Phase.READY, on_copied=on_copied)

    def push(self, ids: Sequence[int]) -> None:
        """Copy photos to the index, if it can be reached. Called on the store thread.

        Raises:
            SemblanceError: The index refused.
        """
        if self._synchroniser:
            try:
                self._synchroniser.push(ids)
            except UnreachableIndexError as error:
                self._loop.call_soon_threadsafe(self._lose, error)

    async def settle(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        """Wait until the index has everything on its disk; an index that is away does that when it is back.

        Raises:
            SemblanceError: The index refused.
        """
        try:
            await self.whole(on_copied)
            await self._settle(on_copied)
        except UnreachableIndexError as error:
            self._lose(error)

    async def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        """Return, for each of the (N, D) vectors, at most `top_k` matches that meet `where`, best first.

        Raises:
            SemblanceError: As `answering`.
        """
        await self.answering()
        index, _ = self._opened()
        before = index.generation
        try:
            found = await run(self._workers.read, index.search, vectors, top_k, where)
            if index.generation != before:
                # It was started again in the middle, and may have lost what the catalog has.
                await self._settle()
                found = await run(self._workers.read, index.search, vectors, top_k, where)
        except UnreachableIndexError as error:
            self._lose(error)
            raise
        return found

    async def locations(self, ids: Sequence[int]) -> dict[int, PhotoLocation]:
        """Return where a shared index says that photos are."""
        index, _ = self._opened()
        return await run(self._workers.read, index.locations, ids) if index.is_shared and ids else {}

    async def close(self) -> None:
        """Let go of the index, after what is being written to it."""
        self._closed = True
        if self._keeping:
            self._keeping.cancel()
            await asyncio.wait([self._keeping])
        await finish(asyncio.ensure_future(self._let_go()))

    async def _keep(self, lost: UnreachableIndexError | None = None) -> None:
        pause = FIRST_PAUSE
        if lost:
            await self._go_away(lost)
        while True:
            try:
                await self._open()
                _, synchroniser = self._opened()
                await self._copy(synchroniser.reconcile())
            except UnreachableIndexError as error:
                await self._go_away(error)
            except Exception as error:  # noqa: BLE001 - told to everybody who waits
                await self._let_go()
                self._error = error
                reason = str(error) if isinstance(error, SemblanceError) else f"{type(error).__name__}: {error}"
                self._enter(IndexState(Phase.FAILED, reason=reason))
                return
            else:
                self._enter(IndexState(Phase.READY))
                return
            with suppress(TimeoutError):
                await asyncio.wait_for(self._wake.wait(), pause)
            self._wake.clear()
            pause = min(2 * pause, LONGEST_PAUSE)

    async def _open(self) -> None:
        await self._let_go()
        self._index = await self._connect()
        self._synchroniser = Synchroniser(self._sync_state, self._index, self._check_space)

    async def _settle(self, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        _, synchroniser = self._opened()
        await self._copy(synchroniser.settle(), on_copied)
        if self._state.phase is Phase.COPYING:
            self._enter(IndexState(Phase.READY))

    async def _copy(self, steps: Iterator[Copied], on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        """Take every step on the store thread, and tell of those that take long."""
        told = time.monotonic()
        async with self._turn:
            while copied := await finish(asyncio.ensure_future(run(self._workers.store, next, steps, None))):
                if time.monotonic() - told >= TELL_SECONDS:
                    told = time.monotonic()
                    on_copied(copied.done, copied.total)
                    self._enter(IndexState(Phase.COPYING, copied.done, copied.total))

    def _lose(self, error: UnreachableIndexError) -> None:
        """Nothing answers any more: wait for it, unless that is being done already."""
        in_use = self._state.phase in (Phase.READY, Phase.COPYING) and not self._closed
        if in_use and self._keeping and self._keeping.done():
            self._keeping = asyncio.create_task(self._keep(error), name="wait for the search index")

    async def _go_away(self, error: UnreachableIndexError) -> None:
        since = self._state.since or time.time()
        log.info("The search index is away: %s", error)
        self._enter(IndexState(Phase.AWAY, since=since, reason=str(error)))
        await self._let_go()

    async def _let_go(self) -> None:
        synchroniser, self._index, self._synchroniser = self._synchroniser, None, None
        if synchroniser:
            await run(self._workers.store, synchroniser.close)

    def _opened(self) -> tuple[VectorIndex, Synchroniser]:
        if self._index is None or self._synchroniser is None:
            raise UnreachableIndexError(self._state.reason or "The search index was just replaced. Search again.")
        return self._index, self._synchroniser

    def _enter(self, state: IndexState) -> None:
        self._state = state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
        self._on_state(self)

    async def _until(self, *phases: Phase, on_copied: Callable[[int, int], None] = lambda *_: None) -> None:
        while self._state.phase not in phases:
            if self._state.phase is Phase.AWAY:
                raise UnreachableIndexError(self._state.reason)
            if self._state.phase is Phase.FAILED and self._error:
                raise self._error
            await self._changed.wait()
            if self._state.phase is Phase.COPYING:
                on_copied(self._state.done, self._state.total)
