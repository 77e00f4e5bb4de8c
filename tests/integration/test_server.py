"""The engine on a real Milvus server: moving there and back, several computers, and a server that goes away."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

import pytest

from core.engine import Engine
from core.errors import UnreachableIndexError, VectorIndexError
from core.library import settings
from core.library.settings import IndexSettings, Settings
from core.reports import Phase, Stage
from core.search_index import synced_index as synced_index_module
from core.types import SearchRequest
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.search_index.interruptible_proxy import InterruptibleProxy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from pathlib import Path

    from core.reports import Progress
    from core.types import Hit
    from core.vectors.connection import Server

pytest_plugins = ["tests.helpers.engine.fixtures"]

pytestmark = pytest.mark.slow


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def there(empty_server: Server) -> Settings:
    """Return the settings for a server that has no photos yet."""
    return Settings(index=IndexSettings(uri=empty_server.uri))


@pytest.fixture
def new_library(models: Path, tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        shutil.copytree(models, tmp_path / name / "models")
        return tmp_path / name

    return make


def scores(hits: Sequence[Hit]) -> list[float]:
    return [hit.score for hit in hits]


def test_a_library_moves_to_a_server_and_back_without_meeting_the_model_again(
    library: Path, photos: Path, there: Settings, server_address: Server
) -> None:
    files = paint_many(photos, 20)
    told: list[Progress] = []

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            before = scores(await engine.search(SearchRequest(files[3])))
            report = await engine.search_index.move(there.index, server_address.token, told.append)
            assert report.photos == 20
            assert engine.settings == there
            assert not any((library / "milvus").iterdir()), "the local index takes space and nobody needs it"
            assert scores(await engine.search(SearchRequest(files[3]))) == pytest.approx(before, abs=1e-5)
            assert (await engine.status()).searchable == 20
            assert (await engine.index()).unchanged == 20
        async with Engine(library, settings.load(library), server_address.token) as engine:
            assert scores(await engine.search(SearchRequest(files[3]))) == pytest.approx(before, abs=1e-5)
            assert (await engine.search_index.move(IndexSettings(), "")).photos == 20
            assert scores(await engine.search(SearchRequest(files[3]))) == pytest.approx(before, abs=1e-5)
        assert settings.load(library).index.uri == ""

    asyncio.run(use())
    assert {progress.stage for progress in told} <= {Stage.COPYING}
    assert server_address.token not in (library / settings.FILE_NAME).read_text(encoding="utf-8")


def test_a_move_that_fails_leaves_the_old_index_answering(library: Path, photos: Path, there: Settings) -> None:
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            with pytest.raises(VectorIndexError, match="refused the token"):
                await engine.search_index.move(there.index, "root:wrong")
            with pytest.raises(UnreachableIndexError, match="was refused"):
                await engine.search_index.move(IndexSettings(uri="http://127.0.0.1:1"), "")
            assert (await engine.search(SearchRequest(files[1])))[0].path == files[1]
            assert engine.search_index.state.phase is Phase.READY
            assert engine.settings == Settings()

    asyncio.run(use())
    assert settings.load(library) == Settings()


def test_a_move_that_is_cancelled_is_taken_up_again(
    library: Path, photos: Path, there: Settings, server_address: Server
) -> None:
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            moving = asyncio.create_task(engine.search_index.move(there.index, server_address.token))
            await asyncio.wait([moving], timeout=0.05)
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            assert (await engine.search(SearchRequest(files[1])))[0].path == files[1]
            assert engine.settings == Settings()
            assert (await engine.search_index.move(there.index, server_address.token)).photos == 3
            assert (await engine.search(SearchRequest(files[1])))[0].path == files[1]

    asyncio.run(use())


def test_a_test_of_the_connection_says_what_is_there(
    library: Path, photos: Path, there: Settings, server_address: Server
) -> None:
    paint_many(photos, 4)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            report = await engine.search_index.test(there.index, server_address.token)
            assert (report.version.lstrip("v")[0], report.photos) == ("2", None)
            assert report.latency_ms > 0
            await engine.index([photos])
            await engine.search_index.move(there.index, server_address.token)
            assert (await engine.search_index.test(there.index, server_address.token)).photos == 4
            with pytest.raises(VectorIndexError, match="refused"):
                await engine.search_index.test(there.index, "root:wrong")

    asyncio.run(use())


def test_a_second_computer_finds_what_the_first_has_indexed(
    new_library: Callable[[str], Path], tmp_path: Path, there: Settings, server_address: Server
) -> None:
    files = paint_many(tmp_path / "first's" / "sub", 3)
    paint_many(tmp_path / "second's", 3, first_seed=50)
    token = server_address.token

    async def use() -> None:
        async with Engine(new_library("first"), there, token) as first:
            await first.index([tmp_path / "first's"])
        (tmp_path / "first's").rename(tmp_path / "away")
        async with Engine(new_library("second"), there, token) as second:
            await second.index([tmp_path / "second's"])
            best = (await second.search(SearchRequest((tmp_path / "away" / "sub" / files[1].name).read_bytes())))[0]
            assert best.remote
            assert (str(best.path), best.remote.origin.endswith("first's")) == (f"sub/{files[1].name}", True)

            await second.locate_remote_folder(best.remote.uuid, tmp_path / "away")
            best = (await second.search(SearchRequest(tmp_path / "away" / "sub" / files[1].name)))[0]
            assert (best.path, best.remote) == (tmp_path / "away" / "sub" / files[1].name, None)

    asyncio.run(use())


def test_two_computers_that_index_a_shared_folder_at_once_do_each_other_no_harm(
    new_library: Callable[[str], Path], tmp_path: Path, there: Settings, server_address: Server
) -> None:
    """The second has located the folder that the first has added: its photos are the same rows for both."""
    files = paint_many(tmp_path / "share", 40)
    token = server_address.token

    async def use() -> None:
        async with Engine(new_library("one"), there, token) as one, Engine(new_library("two"), there, token) as two:
            root = await one.add_folder(tmp_path / "share")
            await two.locate_remote_folder(root.uuid, tmp_path / "share")
            await asyncio.gather(one.index([tmp_path / "share"]), two.index([tmp_path / "share"]))
            for engine in (one, two):
                hits = await engine.search(SearchRequest(files[0], top_k=100))
                assert sorted(hit.path for hit in hits) == files

            files.pop(5).unlink()
            new = paint(tmp_path / "share" / "new.png", 999)
            await asyncio.gather(one.index(), two.index())
            for engine in (one, two):
                hits = await engine.search(SearchRequest(files[0], top_k=100))
                assert sorted(hit.path for hit in hits) == sorted([*files, new])

    asyncio.run(use())


def test_photos_indexed_while_the_server_is_away_are_found_when_it_is_back(
    library: Path, photos: Path, there: Settings, server_address: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synced_index_module, "MAX_RETRY_DELAY", 1.0)
    files = paint_many(photos, 5)

    async def use() -> None:
        async with InterruptibleProxy(urlsplit(there.index.uri).port or 0) as gate:
            chosen = Settings(index=IndexSettings(uri=f"http://127.0.0.1:{gate.port}"))
            async with Engine(library, chosen, server_address.token) as engine:
                until = phases(engine)
                await engine.index([photos])
                gate.shut()
                with pytest.raises(UnreachableIndexError):
                    await engine.search(SearchRequest(files[0]))
                await until(Phase.AWAY)
                files.extend(paint_many(photos / "later", 5, first_seed=90))
                report = await engine.index([photos])
                assert (report.indexed, report.waiting) == (5, 5)
                await gate.open()
                await until(Phase.READY)
                assert {hit.path for hit in await engine.search(SearchRequest(files[7]))} == set(files)

    asyncio.run(use())


def phases(engine: Engine) -> Callable[[Phase], Awaitable[None]]:
    """Return what waits for a phase of the engine's index."""
    changed = asyncio.Event()
    engine.search_index.listen(lambda _: changed.set())

    async def wait(phase: Phase) -> None:
        while engine.search_index.state.phase is not phase:
            changed.clear()
            await changed.wait()

    return wait
