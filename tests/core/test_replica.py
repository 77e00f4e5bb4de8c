from __future__ import annotations

import asyncio
from contextlib import asynccontextmanager, closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.sync_state import SyncState
from core.errors import UnreachableIndexError, VectorIndexError
from core.reports import Phase
from core.search_index import synced_index as replica_module
from core.search_index.sync import BATCH
from core.search_index.synced_index import SyncedIndex
from core.vectors.exact import ExactIndex
from core.workers import Workers, run
from tests.core.catalog.entries import PLACE, TARGET, save, vector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from core.errors import SemblanceError
    from core.reports import IndexState
    from core.types import Root, Vectors
    from core.vectors.index import Match, Row, VectorIndex

QUERY = vector(1)[np.newaxis]


class Server:
    """Something that an index is in: it may be away, and it may refuse."""

    def __init__(self) -> None:
        self.index = IndexOf(self)
        self.trouble: SemblanceError | None = None
        self.connections = 0
        self.closed = 0

    def leave(self) -> None:
        self.trouble = UnreachableIndexError("Nothing answers there.")

    def check(self) -> None:
        if self.trouble:
            raise self.trouble

    async def connect(self) -> VectorIndex:
        self.connections += 1
        self.check()
        return self.index


class IndexOf(ExactIndex):
    def __init__(self, server: Server) -> None:
        super().__init__()
        self._server = server

    def upsert(self, rows: Sequence[Row]) -> None:
        self._server.check()
        super().upsert(rows)

    def search(self, vectors: Vectors, top_k: int) -> list[list[Match]]:
        self._server.check()
        return super().search(vectors, top_k)

    def close(self) -> str:
        self._server.closed += 1
        return ""


class World:
    """A catalog with one root, and the server that its index is on."""

    def __init__(self, database: Database) -> None:
        self.database, self.catalog, self.server = database, Catalog(database), Server()
        self.workers = Workers()
        self.root: Root = self.catalog.add_root(PLACE)
        self.states: list[IndexState] = []

    def add(self, count: int, first: int = 0) -> list[int]:
        return save(self.catalog, self.root, {f"{number}.jpg": number for number in range(first, first + count)})

    @asynccontextmanager
    async def replica(self) -> AsyncIterator[SyncedIndex]:
        sync_state = SyncState(self.database, TARGET)
        self.changed = asyncio.Event()
        replica = SyncedIndex(self.workers, TARGET, sync_state, self.server.connect, self.hear)
        replica.start()
        try:
            yield replica
        finally:
            await replica.close()

    async def until(self, replica: SyncedIndex, phase: Phase) -> None:
        while replica.state.phase is not phase:
            self.changed.clear()
            await self.changed.wait()

    def hear(self, replica: SyncedIndex) -> None:
        self.states.append(replica.state)
        self.changed.set()

    def phases(self) -> list[Phase]:
        """Return the phases gone through, each once in a row."""
        phases = [state.phase for state in self.states]
        return [phase for number, phase in enumerate(phases) if number == 0 or phase is not phases[number - 1]]


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        world = World(database)
        yield world
        world.workers.shutdown()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once, and tell of every step."""
    monkeypatch.setattr(replica_module, "FIRST_PAUSE", 0.01)
    monkeypatch.setattr(replica_module, "TELL_SECONDS", 0.0)


async def found(replica: SyncedIndex) -> int:
    (matches,) = await replica.search(QUERY, 10_000)
    return len(matches)


def test_what_the_catalog_has_is_found_once_the_index_is_whole(world: World) -> None:
    world.add(3)

    async def use() -> None:
        async with world.replica() as replica:
            await replica.whole()
            assert await found(replica) == 3

    asyncio.run(use())
    assert world.server.closed == 1


def test_searches_are_answered_while_a_long_copy_goes_on(world: World) -> None:
    world.add(5 * BATCH)
    copied: list[tuple[int, int]] = []

    async def use() -> tuple[int, int]:
        async with world.replica() as replica:
            await replica.answering()
            early = await found(replica)
            await replica.whole(lambda done, total: copied.append((done, total)))
            return early, await found(replica)

    early, late = asyncio.run(use())
    assert BATCH <= early < late == 5 * BATCH
    assert world.phases() == [Phase.OPENING, Phase.COPYING, Phase.READY]
    assert copied == sorted(copied)
    assert {total for _, total in copied} == {5 * BATCH}


def test_a_copy_that_is_cut_off_goes_on_where_it_was(world: World) -> None:
    world.add(5 * BATCH)
    written: list[int] = []
    world.server.index.upsert = lambda rows: written.append(len(rows)) or ExactIndex.upsert(world.server.index, rows)  # type: ignore[method-assign, func-returns-value]  # counts

    async def cut_off() -> None:
        async with world.replica() as replica:
            await replica.answering()

    async def finish() -> None:
        async with world.replica() as replica:
            await replica.whole()
            assert await found(replica) == 5 * BATCH

    asyncio.run(cut_off())
    assert 0 < sum(written) < 5 * BATCH
    asyncio.run(finish())


def test_a_server_that_is_away_is_an_error_at_once_and_found_when_it_is_back(world: World) -> None:
    world.add(2)
    world.server.leave()

    async def use() -> None:
        async with world.replica() as replica:
            with pytest.raises(UnreachableIndexError, match="Nothing answers there"):
                await replica.answering()
            assert replica.state.reason == "Nothing answers there."
            since = replica.state.since
            for _ in range(2):
                world.changed.clear()
                await world.changed.wait()
                assert (replica.state.phase, replica.state.since) == (Phase.AWAY, since)
            world.server.trouble = None
            await world.until(replica, Phase.READY)
            assert await found(replica) == 2

    asyncio.run(use())


def test_photos_pushed_while_the_server_is_away_are_there_when_it_is_back(world: World) -> None:
    world.add(2)

    async def use() -> None:
        async with world.replica() as replica:
            await replica.whole()
            world.server.leave()
            await run(world.workers.store, replica.push, world.add(3, first=10))
            await world.until(replica, Phase.AWAY)
            await run(world.workers.store, replica.push, world.add(4, first=20))
            await replica.settle()
            assert await replica.waiting() == 7
            world.server.trouble = None
            await world.until(replica, Phase.READY)
            assert (await found(replica), await replica.waiting()) == (9, 0)

    asyncio.run(use())
    assert world.phases()[-3:] == [Phase.AWAY, Phase.COPYING, Phase.READY]


def test_a_search_that_finds_the_server_away_says_so_and_waits_for_it(world: World) -> None:
    world.add(1)

    async def use() -> None:
        async with world.replica() as replica:
            await replica.whole()
            world.server.leave()
            for _ in range(2):
                with pytest.raises(UnreachableIndexError, match="Nothing answers there"):
                    await replica.search(QUERY, 5)
                await world.until(replica, Phase.AWAY)
            world.server.trouble = None
            await world.until(replica, Phase.READY)
            assert await found(replica) == 1

    asyncio.run(use())


def test_a_retry_does_not_wait_for_the_next_attempt(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(replica_module, "FIRST_PAUSE", 3600.0)
    world.server.leave()

    async def use() -> None:
        async with world.replica() as replica:
            await world.until(replica, Phase.AWAY)
            world.server.trouble = None
            replica.retry()
            await world.until(replica, Phase.READY)

    asyncio.run(use())


def test_an_index_that_refuses_is_not_tried_again_until_somebody_asks(world: World) -> None:
    world.server.trouble = VectorIndexError("The password is wrong.")

    async def use() -> None:
        async with world.replica() as replica:
            for _ in range(2):
                with pytest.raises(VectorIndexError, match="password is wrong"):
                    await replica.whole()
            assert (replica.state.phase, world.server.connections) == (Phase.FAILED, 1)
            world.server.trouble = None
            replica.start()
            await replica.whole()

    asyncio.run(use())
    assert world.phases() == [Phase.OPENING, Phase.FAILED, Phase.OPENING, Phase.READY]


def test_an_index_that_was_never_there_is_not_waited_for(world: World) -> None:
    """A wrong address must not look like a server that is away."""

    async def follow() -> None:
        async with world.replica() as replica:
            await replica.follows()

    world.server.leave()
    with pytest.raises(UnreachableIndexError):
        asyncio.run(follow())
    world.server.trouble = None
    asyncio.run(follow())
    world.server.leave()
    asyncio.run(follow())


def test_closing_while_a_server_is_away_ends_the_waiting(world: World) -> None:
    world.server.leave()

    async def close_early() -> None:
        async with world.replica() as replica:
            await world.until(replica, Phase.AWAY)
        attempts = world.server.connections
        for _ in range(50):
            await asyncio.sleep(0)
        assert world.server.connections == attempts
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(close_early())
