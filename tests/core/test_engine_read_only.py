"""Searching a library that another engine has open, or whose folder cannot be written."""

from __future__ import annotations

import asyncio
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import ReadOnlyLibraryError
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.library.settings import IndexingSettings, IndexSettings, Settings
from core.reports import Phase
from core.search import retrieval
from core.search_request import Filters, SearchRequest
from core.types import Rules
from tests.helpers.engine.read_only import refuse_locks, refuse_shared_memory
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine

    from core.types import Hit
    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def opened_library(opened: OpenEngine) -> Path:
    """Return the folder of the library that the module's engine has open."""
    return Path(opened.status().uri).parent


async def search_each(engine: Engine, requests: list[SearchRequest]) -> list[list[Hit]]:
    return [await engine.search(request) for request in requests]


def test_a_second_engine_finds_what_the_first_finds(
    opened: OpenEngine, opened_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retrieval, "FEW", 10)
    photos = paint_many(tmp_path / "one", 12) + paint_many(tmp_path / "two" / "sub", 12, first_seed=50)
    copy = tmp_path / "one" / "copy.png"
    copy.write_bytes(photos[3].read_bytes())
    opened.index(tmp_path / "one", tmp_path / "two")
    query = paint(tmp_path / "query.png", 99)
    requests = [
        SearchRequest.like(photos[3], "one"),
        SearchRequest.like(query, "all", top_k=5),
        SearchRequest.like(query, "auto", min_score=0.5),
        SearchRequest.like(query, "all", Filters((tmp_path / "two",))),
        SearchRequest.like(query, "one", Filters((tmp_path / "two" / "sub", tmp_path / "one")), top_k=3),
    ]

    async def search_beside() -> list[list[Hit]]:
        async with Engine(opened_library, Settings(), shared=True) as engine:
            assert "is open in another Semblance" in engine.read_only
            return await search_each(engine, requests)

    expected, found = opened.do(search_each(opened.engine, requests)), opened.do(search_beside())

    assert [len(hits) for hits in expected] == [20, 5, len(expected[2]), 12, 3]
    for theirs, ours in zip(expected, found, strict=True):
        assert [(hit.rank, hit.photo, hit.label) for hit in ours] == [
            (hit.rank, hit.photo, hit.label) for hit in theirs
        ]
        assert [hit.score for hit in ours] == pytest.approx([hit.score for hit in theirs], abs=1e-6)


def test_a_second_engine_keeps_its_view_of_the_library_while_the_first_indexes(
    opened: OpenEngine, opened_library: Path, tmp_path: Path
) -> None:
    before, during = paint(tmp_path / "before" / "a.png", 1), paint(tmp_path / "during" / "a.png", 2)
    opened.index(before.parent)

    async def search_while_indexing() -> list[list[Path]]:
        request = SearchRequest.like(during, "one")
        async with Engine(opened_library, Settings(), shared=True) as early:
            first = await early.search(request)
            await opened.engine.index([during.parent])
            second = await early.search(request)
        async with Engine(opened_library, Settings(), shared=True) as late:
            third = await late.search(request)
        return [[hit.path for hit in hits] for hits in (first, second, third)]

    first, second, third = opened.do(search_while_indexing())

    assert first == [before]
    assert before in second
    assert third == [during, before]
    assert opened.paths(during) == [during, before], "the first engine was disturbed"


def test_a_read_only_library_is_searched_and_its_photos_are_shown(
    opened: OpenEngine, opened_library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    photos = paint_many(tmp_path / "photos", 3)
    opened.index(tmp_path / "photos")
    refuse_locks(monkeypatch)

    async def use() -> list[Path]:
        async with Engine(opened_library, Settings()) as engine:
            assert "cannot be written: Read-only file system." in engine.read_only
            await engine.warm_up()
            assert engine.search_index.state.phase is Phase.READY
            assert (await engine.status()).photos == 3
            assert await engine.failures() == []
            assert (await engine.thumbnail(photos[0], 64)).startswith(b"\xff\xd8")
            return [hit.path for hit in await engine.search(SearchRequest.like(photos[1], "one", top_k=1))]

    assert opened.do(use()) == [photos[1]]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux has a variable for the folder of caches")
def test_a_model_that_a_read_only_library_lacks_comes_from_the_cache_of_the_user(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (library / "models").rename(tmp_path / "models")
    OpenLibrary(LibraryFiles(library)).close()
    refuse_locks(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    shutil.copytree(tmp_path / "models", tmp_path / "cache" / "Semblance" / "models")

    async def search_nothing() -> list[Hit]:
        async with Engine(library, Settings()) as engine:
            return await engine.search(SearchRequest.like(paint(tmp_path / "query.png", 1)))

    assert asyncio.run(search_nothing()) == []
    assert not (library / "models").exists()


CHANGES: list[Callable[[Engine, Path], Coroutine[None, None, object]]] = [
    lambda engine, photos: engine.add_folder(photos),
    lambda engine, photos: engine.remove_folder(photos),
    lambda engine, photos: engine.set_rules(photos, Rules("*.gif")),
    lambda engine, photos: engine.locate_remote_folder("uuid", photos),
    lambda engine, photos: engine.index([photos]),
    lambda engine, _: engine.set_indexing(IndexingSettings(gentle=True)),
    lambda engine, _: engine.search_index.move(IndexSettings(type="FLAT"), ""),
    lambda engine, folder: engine.move_to_bin([folder / "a.jpg"]),
]


def test_every_change_of_a_read_only_library_is_refused(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "photos").mkdir()

    async def create() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.add_folder(tmp_path / "photos")

    async def change() -> None:
        async with Engine(library, Settings()) as engine:
            for attempt in CHANGES:
                with pytest.raises(ReadOnlyLibraryError, match=f"{library} cannot be written"):
                    await attempt(engine, tmp_path / "photos")
            assert engine.settings == Settings()

    asyncio.run(create())
    before = sorted(library.rglob("*"))
    refuse_locks(monkeypatch)
    refuse_shared_memory(library / "catalog.sqlite")
    asyncio.run(change())

    assert {path.name for path in set(library.rglob("*")) - set(before)} <= {"catalog.sqlite-shm", "catalog.sqlite-wal"}
