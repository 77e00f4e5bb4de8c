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
from core.search_index import sync
from core.search_index import synced_index as synced_index_module
from core.search_index.sync import BATCH
from core.search_index.synced_index import SyncedIndex
from core.vectors.exact import ExactIndex
from core.workers import Workers, run
from tests.helpers.engine.catalog_entries import FOLDER, TARGET, save, vector

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Iterator, Sequence
    from pathlib import Path

    from core.errors import SemblanceError
    from core.reports import IndexState
    from core.types import Root, Vectors
    from core.vectors.index import Match, Row, VectorIndex, Where

QUERY = vector(1)[np.newaxis]


class Server:
    """The server of an index. While `error` is set, connecting, writing and searching raise it."""

    def __init__(self) -> None:
        self.index = ServerIndex(self)
        self.error: SemblanceError | None = None
        self.connections = 0
        self.closed = 0

    def disconnect(self) -> None:
        self.error = UnreachableIndexError("The server does not respond.")

    def check(self) -> None:
        if self.error:
            raise self.error

    async def connect(self) -> VectorIndex:
        self.connections += 1
        self.check()
        return self.index


class ServerIndex(ExactIndex):
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
    """A catalog with one root, and the server of its index."""

    def __init__(self, database: Database) -> None:
        self.database, self.catalog, self.server = database, Catalog(database), Server()
        self.workers = Workers()
        self.root: Root = self.catalog.add_root(FOLDER)
        self.states: list[IndexState] = []

    def add(self, count: int, first: int = 0) -> list[int]:
        return save(self.catalog, self.root, {f"{number}.jpg": number for number in range(first, first + count)})

    @asynccontextmanager
    async def synced_index(self) -> AsyncIterator[SyncedIndex]:
        sync_state = SyncState(self.database, TARGET)
        self.changed = asyncio.Event()
        synced_index = SyncedIndex(self.workers, TARGET, sync_state, self.server.connect, self.record_state)
        synced_index.start()
        try:
            yield synced_index
        finally:
            await synced_index.close()

    async def until(self, synced_index: SyncedIndex, phase: Phase) -> None:
        while synced_index.state.phase is not phase:
            self.changed.clear()
            await self.changed.wait()

    def record_state(self, synced_index: SyncedIndex) -> None:
        self.states.append(synced_index.state)
        self.changed.set()

    def phases(self) -> list[Phase]:
        """Return the phases in order, without repetitions of the same one."""
        phases = [state.phase for state in self.states]
        return [phase for number, phase in enumerate(phases) if number == 0 or phase is not phases[number - 1]]


@pytest.fixture
def fixture(tmp_path: Path) -> Iterator[IndexFixture]:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        fixture = IndexFixture(database)
        yield fixture
        fixture.workers.shutdown()


@pytest.fixture(autouse=True)
def _fast_retries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Retry almost at once, and report every step."""
    monkeypatch.setattr(synced_index_module, "FIRST_RETRY_DELAY", 0.01)
    monkeypatch.setattr(synced_index_module, "PROGRESS_INTERVAL", 0.0)


async def found(synced_index: SyncedIndex) -> int:
    (matches,) = await synced_index.search(QUERY, 10_000)
    return len(matches)


def test_photos_in_the_catalog_are_found_once_the_index_is_complete(fixture: IndexFixture) -> None:
    fixture.add(3)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            assert await found(synced_index) == 3

    asyncio.run(use())
    assert fixture.server.closed == 1


def test_searches_are_answered_during_a_long_copy(fixture: IndexFixture) -> None:
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


def test_an_interrupted_copy_continues_from_its_last_flush(
    fixture: IndexFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync, "FLUSH_BATCHES", 1)
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
    assert sum(written) == 5 * BATCH


def test_an_unreachable_server_is_an_error_at_once_and_reconnects_later(fixture: IndexFixture) -> None:
    fixture.add(2)
    fixture.server.disconnect()

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            with pytest.raises(UnreachableIndexError, match="The server does not respond"):
                await synced_index.wait_until_searchable()
            assert synced_index.state.reason == "The server does not respond."
            since = synced_index.state.since
            for _ in range(2):
                fixture.changed.clear()
                await fixture.changed.wait()
                assert (synced_index.state.phase, synced_index.state.since) == (Phase.UNREACHABLE, since)
            fixture.server.error = None
            await fixture.until(synced_index, Phase.READY)
            assert await found(synced_index) == 2

    asyncio.run(use())


def test_photos_pushed_while_the_server_is_unreachable_are_copied_after_reconnecting(fixture: IndexFixture) -> None:
    fixture.add(2)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            fixture.server.disconnect()
            await run(fixture.workers.store, synced_index.push, fixture.add(3, first=10))
            await fixture.until(synced_index, Phase.UNREACHABLE)
            await run(fixture.workers.store, synced_index.push, fixture.add(4, first=20))
            await synced_index.flush()
            assert await synced_index.pending_count() == 7
            fixture.server.error = None
            await fixture.until(synced_index, Phase.READY)
            assert (await found(synced_index), await synced_index.pending_count()) == (9, 0)

    asyncio.run(use())
    assert fixture.phases()[-3:] == [Phase.UNREACHABLE, Phase.COPYING, Phase.READY]


def test_a_search_reports_an_unreachable_server_and_starts_to_reconnect(fixture: IndexFixture) -> None:
    fixture.add(1)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            fixture.server.disconnect()
            for _ in range(2):
                with pytest.raises(UnreachableIndexError, match="The server does not respond"):
                    await synced_index.search(QUERY, 5)
                await fixture.until(synced_index, Phase.UNREACHABLE)
            fixture.server.error = None
            await fixture.until(synced_index, Phase.READY)
            assert await found(synced_index) == 1

    asyncio.run(use())


def test_retry_connects_at_once(fixture: IndexFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(synced_index_module, "FIRST_RETRY_DELAY", 3600.0)
    fixture.server.disconnect()

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await fixture.until(synced_index, Phase.UNREACHABLE)
            fixture.server.error = None
            synced_index.retry()
            await fixture.until(synced_index, Phase.READY)

    asyncio.run(use())


def test_an_index_that_cannot_be_opened_is_retried_only_on_request(fixture: IndexFixture) -> None:
    fixture.server.error = VectorIndexError("The password is wrong.")

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            for _ in range(2):
                with pytest.raises(VectorIndexError, match="password is wrong"):
                    await synced_index.wait_until_complete()
            assert (synced_index.state.phase, fixture.server.connections) == (Phase.FAILED, 1)
            fixture.server.error = None
            synced_index.start()
            await synced_index.wait_until_complete()

    asyncio.run(use())
    assert fixture.phases() == [Phase.OPENING, Phase.FAILED, Phase.OPENING, Phase.READY]


def test_an_index_that_was_never_written_to_must_be_reachable(fixture: IndexFixture) -> None:
    """Otherwise a wrong address would look like a server that is temporarily unreachable."""

    async def follow() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_writable()

    fixture.server.disconnect()
    with pytest.raises(UnreachableIndexError):
        asyncio.run(follow())
    fixture.server.error = None
    asyncio.run(follow())
    fixture.server.disconnect()
    asyncio.run(follow())


def test_closing_stops_the_retries_for_an_unreachable_server(fixture: IndexFixture) -> None:
    fixture.server.disconnect()

    async def close_early() -> None:
        async with fixture.synced_index() as synced_index:
            await fixture.until(synced_index, Phase.UNREACHABLE)
        assert asyncio.all_tasks() == {asyncio.current_task()}

    asyncio.run(close_early())


def test_an_index_misses_photos_until_it_is_complete(fixture: IndexFixture) -> None:
    fixture.add(5 * BATCH)

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await synced_index.wait_until_searchable()
            assert (synced_index.state.phase, synced_index.is_exhaustive) == (Phase.COPYING, False)
            await synced_index.wait_until_complete()
            assert synced_index.is_exhaustive

    asyncio.run(use())


def test_an_unreachable_index_is_not_asked_for_the_locations_of_no_photos(fixture: IndexFixture) -> None:
    fixture.server.disconnect()

    async def use() -> None:
        async with fixture.synced_index() as synced_index:
            await fixture.until(synced_index, Phase.UNREACHABLE)
            assert await synced_index.locations([]) == {}
            with pytest.raises(UnreachableIndexError, match="does not respond"):
                await synced_index.locations([1])

    asyncio.run(use())
