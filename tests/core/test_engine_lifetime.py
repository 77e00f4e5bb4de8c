"""Opening and closing libraries, and errors when the model or the index is unavailable."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import socket
import threading
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import DecodeError, LibraryError, LibraryInUseError, ModelError, VectorIndexError
from core.images import interactive_workers, process_pool
from core.library import settings
from core.library.files import SPARE_BYTES
from core.library.settings import IndexSettings, ModelSettings, Settings
from core.processes import start_process
from core.search_request import SearchRequest
from core.vectors import connection
from tests.helpers.indexing.bench import paint_many
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.pictures import crashing_decoders

if TYPE_CHECKING:
    from collections.abc import Callable
    from multiprocessing.process import BaseProcess
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture
def closed_port() -> int:
    """Return a port of this computer on which nothing listens."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _running() -> set[threading.Thread | BaseProcess]:
    return {*threading.enumerate(), *multiprocessing.active_children()}


@pytest.fixture
def leftovers() -> Callable[[], list[str]]:
    """Return a function that names the threads and processes that Semblance has started since the test began."""
    before = _running()
    return lambda: [one.name for one in _running() - before if one.name.startswith("semblance")]


def test_a_library_is_created_with_its_parent_folders_and_can_be_reopened(
    tmp_path: Path, leftovers: Callable[[], list[str]]
) -> None:
    library = tmp_path / "new" / "library"

    async def open_twice() -> None:
        for _ in range(2):
            async with Engine(library, Settings()) as engine:
                status = await engine.status()
                assert (status.photos, status.searchable, status.roots, status.dim) == (0, 0, (), 0)

    asyncio.run(open_twice())
    assert leftovers() == []


def test_a_second_engine_cannot_open_a_library_until_the_first_is_closed(
    tmp_path: Path, leftovers: Callable[[], list[str]]
) -> None:
    async def open_second() -> None:
        async with Engine(tmp_path / "library", Settings()):
            for _ in range(2):
                with pytest.raises(LibraryInUseError, match=str(tmp_path / "library")):
                    await Engine(tmp_path / "library", Settings()).__aenter__()
        async with Engine(tmp_path / "library", Settings()):
            pass

    asyncio.run(open_second())
    assert leftovers() == []


def test_a_library_path_below_a_file_is_an_error(tmp_path: Path, leftovers: Callable[[], list[str]]) -> None:
    (tmp_path / "file").touch()

    async def open_it() -> None:
        async with Engine(tmp_path / "file" / "library", Settings()):
            pass

    with pytest.raises(LibraryError, match="cannot be used"):
        asyncio.run(open_it())
    assert leftovers() == []


def test_a_damaged_catalog_is_an_error_that_leaves_the_library_unlocked(
    tmp_path: Path, leftovers: Callable[[], list[str]]
) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"This is no database. " * 100)

    async def open_it() -> None:
        async with Engine(tmp_path, Settings()):
            pass

    for _ in range(2):
        with pytest.raises(LibraryError, match=r"catalog\.sqlite"):
            asyncio.run(open_it())
    assert leftovers() == []


def test_closing_twice_or_before_opening_does_nothing(tmp_path: Path, leftovers: Callable[[], list[str]]) -> None:
    async def close_often() -> None:
        engine = Engine(tmp_path / "library", Settings())
        await engine.open()
        await engine.close()
        await engine.close()
        await Engine(tmp_path / "other", Settings()).close()

    asyncio.run(close_often())
    assert not (tmp_path / "other").exists()
    assert leftovers() == []


@pytest.mark.parametrize("turns", [0, 60])
def test_closing_while_the_model_loads_ends_all_threads_and_processes(
    library: Path, turns: int, dim: int, leftovers: Callable[[], list[str]]
) -> None:
    async def close_early() -> None:
        engine = Engine(library, Settings())
        await engine.open()
        loading = asyncio.create_task(engine.warm_up())
        for _ in range(turns):
            await asyncio.sleep(0.002)
        loading.cancel()
        await asyncio.wait([loading])
        for _ in range(5):
            await asyncio.sleep(0)  # the cancelled task already abandons the model when closing abandons it again
        await engine.close()

    asyncio.run(close_early())
    assert leftovers() == []

    async def use() -> int:
        async with Engine(library, Settings()) as engine:
            await engine.warm_up()
            return (await engine.status()).dim

    assert asyncio.run(use()) == dim
    assert leftovers() == []


def test_cancelling_one_warm_up_does_not_cancel_another(library: Path) -> None:
    async def warm_up_twice() -> None:
        async with Engine(library, Settings()) as engine:
            first, second = asyncio.create_task(engine.warm_up()), asyncio.create_task(engine.warm_up())
            await asyncio.sleep(0)
            first.cancel()
            await second
            assert first.cancelled()

    asyncio.run(warm_up_twice())


@pytest.mark.parametrize("turns", [0, 60])
def test_a_search_right_after_a_cancelled_warm_up_loads_the_model_again(
    library: Path, photos: Path, turns: int, leftovers: Callable[[], list[str]]
) -> None:
    (query,) = paint_many(photos, 1)

    async def search_after_cancelling() -> None:
        async with Engine(library, Settings()) as engine:
            first = asyncio.create_task(engine.warm_up())
            for _ in range(turns):
                await asyncio.sleep(0.002)
            first.cancel()
            await asyncio.wait([first])
            assert await engine.search(SearchRequest.like(query)) == []

    asyncio.run(search_after_cancelling())
    assert [name for name in leftovers() if name != "semblance-milvus-lite"] == []


def test_a_run_cancelled_while_the_model_loads_returns_a_cancelled_report(library: Path, photos: Path) -> None:
    paint_many(photos, 2)

    async def cancel_early() -> tuple[bool, int]:
        async with Engine(library, Settings()) as engine:
            running = asyncio.create_task(engine.index([photos]))
            await asyncio.sleep(0.02)
            running.cancel()
            report = await running
            return report.cancelled, (await engine.index([photos])).indexed

    assert asyncio.run(cancel_early()) == (True, 2)


def test_a_reopened_library_has_its_photos_and_its_settings_contain_no_token(library: Path, photos: Path) -> None:
    files = paint_many(photos, 3)

    async def index_and_reopen() -> None:
        async with Engine(library, Settings(), token="user:secret") as engine:
            assert not (library / settings.FILE_NAME).exists()
            assert (await engine.index([photos])).indexed == 3
        async with Engine(library, Settings()) as engine:
            assert (await engine.search(SearchRequest.like(files[1], top_k=1)))[0].path == files[1]
            assert (await engine.index()).unchanged == 3

    asyncio.run(index_and_reopen())
    assert settings.load(library) == Settings()
    assert "secret" not in (library / settings.FILE_NAME).read_text(encoding="utf-8")


def test_a_run_fails_when_disk_space_is_low_and_succeeds_when_there_is_enough(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paint_many(photos, 3)

    async def run_twice() -> None:
        async with Engine(library, Settings()) as engine:
            with monkeypatch.context() as patched:
                patched.setattr(shutil, "disk_usage", lambda _: SimpleNamespace(free=SPARE_BYTES - 1))
                with pytest.raises(LibraryError, match=r"has less than 100 MB left\. Free some space"):
                    await engine.index([photos])
            assert (await engine.status()).photos == 0
            assert (await engine.index([photos])).indexed == 3
            assert (await engine.search(SearchRequest.like(files[1], top_k=1)))[0].path == files[1]

    asyncio.run(run_twice())


def test_a_deleted_index_is_rebuilt_from_the_catalog(library: Path, photos: Path) -> None:
    files = paint_many(photos, 3)

    async def index_and_reopen() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
        shutil.rmtree(library / "milvus")
        async with Engine(library, Settings()) as engine:
            hits = await engine.search(SearchRequest.like(files[1]))
            assert sorted(hit.path for hit in hits) == files
            assert (await engine.index()).unchanged == 3

    asyncio.run(index_and_reopen())


def test_each_call_tries_again_to_open_an_index_that_could_not_be_opened(
    library: Path, photos: Path, leftovers: Callable[[], list[str]]
) -> None:
    (query,) = paint_many(photos, 1)
    (library / "milvus").write_bytes(b"in the way")

    async def search_again() -> None:
        async with Engine(library, Settings()) as engine:
            for _ in range(2):
                with pytest.raises(VectorIndexError, match=r"milvus"):
                    await engine.search(SearchRequest.like(query))
            (library / "milvus").unlink()
            await engine.index([photos])
            assert (await engine.search(SearchRequest.like(query)))[0].path == query

    asyncio.run(search_again())
    assert leftovers() == []


def test_waiting_for_a_silent_server_can_be_cancelled(
    library: Path, leftovers: Callable[[], list[str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The engine waits in short steps, and in total far longer than the test does.
    monkeypatch.setattr(connection, "WAITS", tuple(0.2 + step / 1e6 for step in range(int(10 * HANG_TIMEOUT))))

    async def give_up(silent: socket.socket) -> None:
        engine = Engine(library, Settings(index=IndexSettings(uri=f"http://127.0.0.1:{silent.getsockname()[1]}")))
        await engine.open()
        waiting = asyncio.create_task(engine.warm_up())
        client, _ = await asyncio.to_thread(silent.accept)
        assert not waiting.done()
        waiting.cancel()
        async with asyncio.timeout(HANG_TIMEOUT):
            await engine.close()
        client.close()

    with socket.create_server(("127.0.0.1", 0)) as silent:
        asyncio.run(give_up(silent))
    assert leftovers() == []


def test_an_unreachable_server_fails_searches_and_runs_but_not_the_status(
    library: Path, photos: Path, closed_port: int, leftovers: Callable[[], list[str]]
) -> None:
    (query,) = paint_many(photos, 1)
    uri = f"http://127.0.0.1:{closed_port}"

    async def search() -> None:
        async with Engine(library, Settings(index=IndexSettings(uri=uri))) as engine:
            for _ in range(2):
                with pytest.raises(VectorIndexError, match=f"connection to {uri} was refused"):
                    await engine.search(SearchRequest.like(query))
            with pytest.raises(VectorIndexError):
                await engine.index([photos])
            assert (await engine.status()).uri == uri

    asyncio.run(search())
    assert settings.load(library) == Settings(), "settings that do not work were saved"
    assert leftovers() == []


@pytest.mark.parametrize(
    ("chosen", "sentence"),
    [
        (Settings(model=ModelSettings(name="resnet51")), r"no model \"resnet51\"\. Did you mean .*resnet50"),
        (Settings(model=ModelSettings(weights="/nowhere/mine.safetensors")), "mine.safetensors cannot be read"),
    ],
)
def test_an_unknown_model_or_missing_weights_file_is_an_error(
    tmp_path: Path, chosen: Settings, sentence: str, leftovers: Callable[[], list[str]]
) -> None:
    async def use() -> None:
        async with Engine(tmp_path / "library", chosen) as engine:
            with pytest.raises(ModelError, match=sentence):
                await engine.warm_up()
            with pytest.raises(ModelError, match=sentence):
                await engine.status()

    asyncio.run(use())
    assert leftovers() == []


def test_the_engine_still_works_after_pictures_crash_their_decoder(
    library: Path, photos: Path, monkeypatch: pytest.MonkeyPatch, leftovers: Callable[[], list[str]]
) -> None:
    files = paint_many(photos, 3)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            await engine.warm_up()
            with monkeypatch.context() as crashing:
                crashing.setattr(interactive_workers, "make_query", crashing_decoders.crash)
                crashing.setattr(interactive_workers, "make_thumbnail", crashing_decoders.crash)
                for query in (files[0], files[0].read_bytes()):
                    with pytest.raises(DecodeError, match="makes the decoder crash"):
                        await engine.search(SearchRequest.like(query))
                with pytest.raises(DecodeError, match="makes the decoder crash"):
                    await engine.thumbnail(files[0], 64)
            for query in (files[1], files[1].read_bytes()):
                assert (await engine.search(SearchRequest.like(query)))[0].path == files[1]
            assert await engine.thumbnail(files[1], 64)

    asyncio.run(use())
    assert leftovers() == []


def test_warming_up_starts_the_process_that_the_first_query_needs(
    library: Path, monkeypatch: pytest.MonkeyPatch, leftovers: Callable[[], list[str]]
) -> None:
    started = threading.Event()

    def start(name: str, target: Callable[..., object], *args: object) -> BaseProcess:
        process = start_process(name, target, *args)
        started.set()
        return process

    monkeypatch.setattr(process_pool, "start_process", start)

    async def warm_up() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.warm_up()
            assert await asyncio.to_thread(started.wait, HANG_TIMEOUT)
            assert "semblance-interactive" in leftovers()

    asyncio.run(warm_up())
    assert leftovers() == []


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_closing_does_not_wait_for_a_picture_that_blocks_its_decoder(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, leftovers: Callable[[], list[str]]
) -> None:
    began = tmp_path / "began"
    os.mkfifo(began)
    monkeypatch.setattr(interactive_workers, "make_query", crashing_decoders.signal_and_hang)

    async def close_early() -> None:
        engine = Engine(library, Settings())
        await engine.open()
        searching = asyncio.create_task(engine.search(SearchRequest.like(os.fsencode(began))))
        with await asyncio.to_thread(began.open, "rb"):
            searching.cancel()
            await asyncio.wait([searching])
            await engine.close()

    asyncio.run(close_early())
    assert leftovers() == []
