"""The engine on a real Milvus server: moving there and back, several computers, and an unreachable server."""

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
from core.search_request import SearchRequest
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT
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
def server_settings(empty_server: Server) -> Settings:
    """Return settings for a server without photos."""
    return Settings(index=IndexSettings(uri=empty_server.uri))


@pytest.fixture
def new_library(models: Path, tmp_path: Path) -> Callable[[str], Path]:
    def make(name: str) -> Path:
        shutil.copytree(models, tmp_path / name / "models")
        return tmp_path / name

    return make


def scores(hits: Sequence[Hit]) -> list[float]:
    return [hit.score for hit in hits]


def test_library_moves_to_a_server_and_back_without_being_indexed_again(
    library: Path, photos: Path, server_settings: Settings, server_address: Server
) -> None:
    files = paint_many(photos, 20)
    reported: list[Progress] = []

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            before = scores(await engine.search(SearchRequest.like(files[3])))
            report = await engine.search_index.move(server_settings.index, server_address.token, reported.append)
            assert report.photos == 20
            assert engine.settings == server_settings
            assert not any((library / "milvus").iterdir()), "the local index was not deleted after the move"
            assert scores(await engine.search(SearchRequest.like(files[3]))) == pytest.approx(before, abs=1e-5)
            assert (await engine.status()).searchable == 20
            assert (await engine.index()).unchanged == 20
        async with Engine(library, settings.load(library), server_address.token) as engine:
            assert scores(await engine.search(SearchRequest.like(files[3]))) == pytest.approx(before, abs=1e-5)
            assert (await engine.search_index.move(IndexSettings(), "")).photos == 20
            assert scores(await engine.search(SearchRequest.like(files[3]))) == pytest.approx(before, abs=1e-5)
        assert settings.load(library).index.uri == ""

    asyncio.run(use())
    assert {progress.stage for progress in reported} <= {Stage.COPYING}
    assert server_address.token not in (library / settings.FILE_NAME).read_text(encoding="utf-8")


def test_failed_move_leaves_the_old_index_in_use(library: Path, photos: Path, server_settings: Settings) -> None:
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            with pytest.raises(VectorIndexError, match="refused the token"):
                await engine.search_index.move(server_settings.index, "root:wrong")
            with pytest.raises(UnreachableIndexError, match="was refused"):
                await engine.search_index.move(IndexSettings(uri="http://127.0.0.1:1"), "")
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert engine.search_index.state.phase is Phase.READY
            assert engine.settings == Settings()

    asyncio.run(use())
    assert settings.load(library) == Settings()


def test_cancelled_move_can_be_repeated(
    library: Path, photos: Path, server_settings: Settings, server_address: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synced_index_module, "PROGRESS_INTERVAL", 0.0)
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            is_copying = asyncio.Event()
            moving = asyncio.create_task(
                engine.search_index.move(server_settings.index, server_address.token, lambda _: is_copying.set())
            )
            async with asyncio.timeout(HANG_TIMEOUT):
                await is_copying.wait()
            moving.cancel()
            with pytest.raises(asyncio.CancelledError):
                await moving
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert engine.settings == Settings()
            assert (await engine.search_index.move(server_settings.index, server_address.token)).photos == 3
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]

    asyncio.run(use())


def test_connection_test_reports_the_version_and_the_number_of_photos(
    library: Path, photos: Path, server_settings: Settings, server_address: Server
) -> None:
    paint_many(photos, 4)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            report = await engine.search_index.test(server_settings.index, server_address.token)
            assert (report.version.lstrip("v")[0], report.photos) == ("2", None)
            assert report.latency_ms > 0
            await engine.index([photos])
            await engine.search_index.move(server_settings.index, server_address.token)
            assert (await engine.search_index.test(server_settings.index, server_address.token)).photos == 4
            with pytest.raises(VectorIndexError, match="refused"):
                await engine.search_index.test(server_settings.index, "root:wrong")

    asyncio.run(use())


def test_second_computer_finds_photos_that_the_first_has_indexed(
    new_library: Callable[[str], Path], tmp_path: Path, server_settings: Settings, server_address: Server
) -> None:
    files = paint_many(tmp_path / "first's" / "sub", 3)
    paint_many(tmp_path / "second's", 3, first_seed=50)
    token = server_address.token

    async def use() -> None:
        async with Engine(new_library("first"), server_settings, token) as first:
            await first.index([tmp_path / "first's"])
        (tmp_path / "first's").rename(tmp_path / "away")
        async with Engine(new_library("second"), server_settings, token) as second:
            await second.index([tmp_path / "second's"])
            best = (await second.search(SearchRequest.like((tmp_path / "away" / "sub" / files[1].name).read_bytes())))[
                0
            ]
            assert best.remote
            assert (str(best.path), best.remote.origin.endswith("first's")) == (f"sub/{files[1].name}", True)

            await second.locate_remote_folder(best.remote.uuid, tmp_path / "away")
            best = (await second.search(SearchRequest.like(tmp_path / "away" / "sub" / files[1].name)))[0]
            assert (best.path, best.remote) == (tmp_path / "away" / "sub" / files[1].name, None)

    asyncio.run(use())


def test_two_computers_can_index_a_shared_folder_at_the_same_time(
    new_library: Callable[[str], Path], tmp_path: Path, server_settings: Settings, server_address: Server
) -> None:
    """The second computer has located the root of the first, so both write the same rows."""
    files = paint_many(tmp_path / "share", 40)
    token = server_address.token

    async def use() -> None:
        async with (
            Engine(new_library("one"), server_settings, token) as one,
            Engine(new_library("two"), server_settings, token) as two,
        ):
            root = await one.add_folder(tmp_path / "share")
            await two.locate_remote_folder(root.uuid, tmp_path / "share")
            await asyncio.gather(one.index([tmp_path / "share"]), two.index([tmp_path / "share"]))
            for engine in (one, two):
                hits = await engine.search(SearchRequest.like(files[0], top_k=100))
                assert sorted(hit.path for hit in hits) == files

            files.pop(5).unlink()
            new = paint(tmp_path / "share" / "new.png", 999)
            await asyncio.gather(one.index(), two.index())
            for engine in (one, two):
                hits = await engine.search(SearchRequest.like(files[0], top_k=100))
                assert sorted(hit.path for hit in hits) == sorted([*files, new])

    asyncio.run(use())


def test_photos_indexed_while_the_server_is_unreachable_are_found_after_it_returns(
    library: Path, photos: Path, server_settings: Settings, server_address: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(synced_index_module, "MAX_RETRY_DELAY", 1.0)
    files = paint_many(photos, 5)

    async def use() -> None:
        async with InterruptibleProxy(urlsplit(server_settings.index.uri).port or 0) as proxy:
            chosen = Settings(index=IndexSettings(uri=f"http://127.0.0.1:{proxy.port}"))
            async with Engine(library, chosen, server_address.token) as engine:
                wait_for_phase = phase_waiter(engine)
                await engine.index([photos])
                proxy.shut()
                with pytest.raises(UnreachableIndexError):
                    await engine.search(SearchRequest.like(files[0]))
                await wait_for_phase(Phase.UNREACHABLE)
                files.extend(paint_many(photos / "later", 5, first_seed=90))
                report = await engine.index([photos])
                assert (report.indexed, report.waiting) == (5, 5)
                await proxy.open()
                await wait_for_phase(Phase.READY)
                assert {hit.path for hit in await engine.search(SearchRequest.like(files[7]))} == set(files)

    asyncio.run(use())


def phase_waiter(engine: Engine) -> Callable[[Phase], Awaitable[None]]:
    """Return a function that waits for a phase of the engine's index."""
    changed = asyncio.Event()
    engine.search_index.listen(lambda _: changed.set())

    async def wait(phase: Phase) -> None:
        while engine.search_index.state.phase is not phase:
            changed.clear()
            await changed.wait()

    return wait


def test_the_server_in_use_is_connected_to_again_only_with_settings_that_work(
    library: Path, photos: Path, server_settings: Settings, server_address: Server
) -> None:
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, server_settings, server_address.token) as engine:
            await engine.index([photos])
            with pytest.raises(VectorIndexError, match="refused the token"):
                await engine.search_index.move(server_settings.index, "root:wrong")
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert (await engine.search_index.move(server_settings.index, server_address.token)).photos == 3
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert (await engine.status()).searchable == 3

    asyncio.run(use())
