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
from core.search_index import synced_index as synced_index_module
from core.search_index.sync import BATCH
from core.search_index.synced_index import SyncedIndex
from core.vectors.exact import ExactIndex
from core.workers import Workers, run
from tests.helpers.engine.catalog_entries import PLACE, TARGET, save, vector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from core.errors import SemblanceError
    from core.reports import IndexState
    from core.types import Root, Vectors
    from core.vectors.index import Match, Row, VectorIndex, Where

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

    def search(self, vectors: Vectors, top_k: int, where: Where | None = None) -> list[list[Match]]:
        self._server.check()
        return super().search(vectors, top_k, where)

    def close(self) -> str:
        self._server.closed += 1
        return ""


class IndexFixture:
    """A catalog with one root, and the server that its index is on."""

    def __init__(self, database: Database) -> None:
        self.database, self.catalog, self.server = database, Catalog(database), Server()
        self.workers = Workers()
        self.root: Root = self.catalog.add_root(PLACE)
        self.states: list[IndexState] = []

    def add(self, count: int, first: int = 0) -> list[int]:
        return save(self.catalog, self.root, {f"{number}.jpg": number for number in range(first, first + count)})

    @asynccontextmanager
    async def synced_index(self) -> AsyncIterator[SyncedIndex]:
        sync_state = SyncState(self.database, TARGET)
        self.changed = asyncio.Event()
        synced_index = SyncedIndex(self.workers, TARGET, sync_state, self.server.connect, self.hear)
        synced_index.start()
        try:
            yield synced_index
        finally:
            await synced_index.close()

    async def until(self, synced_index: SyncedIndex, phase: Phase) -> None:
        while synced_index.state.phase is not phase:
            self.changed.clear()
            await self.changed.wait()

    def hear(self, synced_index: SyncedIndex) -> None:
        self.states.append(synced_index.state)
        self.changed.set()

    def phases(self) -> list[Phase]:
        """Return the phases gone through, each once in a row."""
        phases = [state.phase for state in self.states]
        return [phase for number, phase in enumerate(phases) if number == 0 or phase is not phases[number - 1]]


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[IndexFixture]:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        fixture = IndexFixture(database)
        yield fixture
        fixture.workers.shutdown()


@pytest.fixture(autouse=True)
def impatience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry at once, and tell of every step."""
    monkeypatch.setattr(synced_index_module, "FIRST_RETRY_DELAY", 0.01)
    monkeypatch.setattr(synced_index_module, "PROGRESS_INTERVAL", 0.0)


async def found(synced_index: SyncedIndex) -> int:
    (matches,) = await synced_index.search(QUERY, 10_000)
    return len(matches)


def test_what_the_catalog_has_is_found_once_the_index_is_whole(fixture: IndexFixture) -> None:
    fixture.add(3)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            assert await found(synced_index) == 3

    asyncio.run(use())
    assert fixture.server.closed == 1


def test_searches_are_answered_while_a_long_copy_goes_on(fixture: IndexFixture) -> None:
    fixture.add(5 * BATCH)
    copied: list[tuple[int, int]] = []

    async def use() -> tuple[int, int]:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_searchable()
            early = await found(synced_index)
            await synced_index.wait_until_complete(lambda done, total: copied.append((done, total)))
            return early, await found(synced_index)

    early, late = asyncio.run(use())
    assert BATCH <= early < late == 5 * BATCH
    assert fixture.phases() == [Phase.OPENING, Phase.COPYING, Phase.READY]
    assert copied == sorted(copied)
    assert {total for _, total in copied} == {5 * BATCH}


def test_a_copy_that_is_cut_off_goes_on_where_it_was(fixture: IndexFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    written: list[int] = []
    fixture.add(5 * BATCH)
    index = fixture.server.index

    def counting_upsert(rows: Sequence[Row]) -> None:
        written.append(len(rows))
        ExactIndex.upsert(index, rows)

    monkeypatch.setattr(index, "upsert", counting_upsert)

    async def cut_off() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_searchable()

    async def finish() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            assert await found(synced_index) == 5 * BATCH

    asyncio.run(cut_off())
    assert 0 < sum(written) < 5 * BATCH
    asyncio.run(finish())


def test_a_server_that_is_away_is_an_error_at_once_and_found_when_it_is_back(fixture: IndexFixture) -> None:
    fixture.add(2)
    fixture.server.leave()

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            with pytest.raises(UnreachableIndexError, match="Nothing answers there"):
                await synced_index.wait_until_searchable()
            assert synced_index.state.reason == "Nothing answers there."
            since = synced_index.state.since
            for _ in range(2):
                fixture.changed.clear()
                await fixture.changed.wait()
                assert (synced_index.state.phase, synced_index.state.since) == (Phase.AWAY, since)
            fixture.server.trouble = None
            await fixture.until(synced_index, Phase.READY)
            assert await found(synced_index) == 2

    asyncio.run(use())


def test_photos_pushed_while_the_server_is_away_are_there_when_it_is_back(fixture: IndexFixture) -> None:
    fixture.add(2)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            fixture.server.leave()
            await run(fixture.workers.store, synced_index.push, fixture.add(3, first=10))
            await fixture.until(synced_index, Phase.AWAY)
            await run(fixture.workers.store, synced_index.push, fixture.add(4, first=20))
            await synced_index.flush()
            assert await synced_index.pending_count() == 7
            fixture.server.trouble = None
            await fixture.until(synced_index, Phase.READY)
            assert (await found(synced_index), await synced_index.pending_count()) == (9, 0)

    asyncio.run(use())
    assert fixture.phases()[-3:] == [Phase.AWAY, Phase.COPYING, Phase.READY]


def test_a_search_that_finds_the_server_away_says_so_and_waits_for_it(fixture: IndexFixture) -> None:
    fixture.add(1)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            fixture.server.leave()
            for _ in range(2):
                with pytest.raises(UnreachableIndexError, match="Nothing answers there"):
                    await synced_index.search(QUERY, 5)
                await fixture.until(synced_index, Phase.AWAY)
            fixture.server.trouble = None
            await fixture.until(synced_index, Phase.READY)
            assert await found(synced_index) == 1

    asyncio.run(use())


def test_a_retry_does_not_wait_for_the_next_attempt(fixture: IndexFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synced_index_module, "FIRST_RETRY_DELAY", 3600.0)
    fixture.server.leave()

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await fixture.until(synced_index, Phase.AWAY)
            fixture.server.trouble = None
            synced_index.retry()
            await fixture.until(synced_index, Phase.READY)

    asyncio.run(use())


def test_an_index_that_refuses_is_not_tried_again_until_somebody_asks(fixture: IndexFixture) -> None:
    fixture.server.trouble = VectorIndexError("The password is wrong.")

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            for _ in range(2):
                with pytest.raises(VectorIndexError, match="password is wrong"):
                    await synced_index.wait_until_complete()
            assert (synced_index.state.phase, fixture.server.connections) == (Phase.FAILED, 1)
            fixture.server.trouble = None
            synced_index.start()
            await synced_index.wait_until_complete()

    asyncio.run(use())
    assert fixture.phases() == [Phase.OPENING, Phase.FAILED, Phase.OPENING, Phase.READY]


def test_an_index_that_was_never_there_is_not_waited_for(fixture: IndexFixture) -> None:
    """A wrong address must not look like a server that is away."""

    async def follow() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_writable()

    fixture.server.leave()
    with pytest.raises(UnreachableIndexError):
        asyncio.run(follow())
    fixture.server.trouble = None
    asyncio.run(follow())
    fixture.server.leave()
    asyncio.run(follow())


def test_closing_while_a_server_is_away_ends_the_waiting(fixture: IndexFixture) -> None:
    fixture.server.leave()

    async def close_early() -> None:
        async with fixture.synced_index() as synced_index:
            await fixture.until(synced_index, Phase.AWAY)
        attempts = fixture.server.connections
        for _ in range(50):
            await asyncio.sleep(0)
        assert fixture.server.connections == attempts
        assert len(asyncio.all_tasks()) == 1

    asyncio.run(close_early())
