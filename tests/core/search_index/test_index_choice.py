"""Changing the index type and metric: a new index is built from the catalog while the old one answers searches."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import VectorIndexError
from core.library import settings
from core.library.settings import IndexSettings, Settings
from core.reports import Phase
from core.search_request import SearchRequest
from tests.helpers.indexing.bench import paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Hit

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def indexes(library: Path) -> int:
    """Return how many local indexes are on disk."""
    return sum(1 for _ in (library / "milvus").iterdir())


def scores(hits: list[Hit]) -> dict[Path, float]:
    return {hit.path: hit.score for hit in hits}


@pytest.mark.slow
@pytest.mark.parametrize(
    ("kind", "metric"),
    [
        ("", "COSINE"),
        ("", "L2"),
        ("FLAT", "COSINE"),
        ("IVF_FLAT,nlist=4,nprobe=4", "L2"),
        ("IVF_SQ8,nlist=1", ""),
        ("IVF_SQ8,nlist=1", "L2"),
        ("HNSW,M=8", "COSINE"),
    ],
)
def test_every_type_and_metric_gives_the_same_scores(library: Path, photos: Path, kind: str, metric: str) -> None:
    files = paint_many(photos, 30)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            before = scores(await engine.search(SearchRequest.like(files[4], views="all")))
            assert (await engine.search_index.move(IndexSettings(type=kind, metric=metric), "")).photos == 30
            after = scores(await engine.search(SearchRequest.like(files[4], views="all")))
            assert after == pytest.approx(before, abs=1e-5)
            status = await engine.status()
            assert (status.index, status.searchable) == (kind.partition(",")[0] or "IVF_FLAT", 30)
            assert status.metric == (metric or "IP")

    asyncio.run(use())
    assert indexes(library) == 1
    assert settings.load(library) == Settings(index=IndexSettings(type=kind, metric=metric))


@pytest.mark.slow
def test_a_new_index_is_built_in_the_background_while_the_old_one_answers(library: Path, photos: Path) -> None:
    files = paint_many(photos, 5)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
        async with Engine(library, Settings(index=IndexSettings(type="HNSW"))) as engine:
            changes = asyncio.Event()
            engine.search_index.listen(lambda _: changes.set())
            assert (await engine.status()).index == "IVF_FLAT"
            assert (await engine.search(SearchRequest.like(files[2])))[0].path == files[2]
            while (await engine.status()).index != "HNSW":
                changes.clear()
                await changes.wait()
            assert (await engine.search(SearchRequest.like(files[2])))[0].path == files[2]
            assert engine.search_index.state.phase is Phase.READY

    asyncio.run(use())
    assert indexes(library) == 1


@pytest.mark.slow
def test_an_indexing_run_waits_until_the_chosen_type_is_built(library: Path, photos: Path) -> None:
    paint_many(photos, 5)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
        async with Engine(library, Settings(index=IndexSettings(type="FLAT", metric="L2"))) as engine:
            await engine.index()
            status = await engine.status()
            assert (status.index, status.metric, status.searchable) == ("FLAT", "L2", 5)

    asyncio.run(use())
    assert settings.load(library) == Settings(index=IndexSettings(type="FLAT", metric="L2"))


@pytest.mark.slow
def test_photos_indexed_during_a_change_of_type_are_in_the_new_index(library: Path, photos: Path) -> None:
    files = paint_many(photos, 40)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            files.extend(paint_many(photos / "later", 40, first_seed=300))
            await asyncio.gather(engine.search_index.move(IndexSettings(type="HNSW"), ""), engine.index())
            found = await engine.search(SearchRequest.like(files[60], top_k=100))
            assert sorted(hit.path for hit in found) == files
            assert (await engine.status()).searchable == 80

    asyncio.run(use())


def test_changing_search_parameters_does_not_rebuild_the_index(library: Path, photos: Path) -> None:
    files = paint_many(photos, 5)

    async def use() -> None:
        async with Engine(library, Settings(index=IndexSettings(type="HNSW,ef=64"))) as engine:
            await engine.index([photos])
            (before,) = (library / "milvus").iterdir()
            await engine.search_index.move(IndexSettings(type="HNSW,ef=256"), "")
            assert [before] == list((library / "milvus").iterdir())
            assert (await engine.search(SearchRequest.like(files[2])))[0].path == files[2]

    asyncio.run(use())


def test_error_for_an_unknown_type_lists_the_available_types(library: Path, photos: Path) -> None:
    files = paint_many(photos, 2)

    async def use() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.index([photos])
            with pytest.raises(VectorIndexError, match=r"FLAT.*IVF_FLAT.*IVF_SQ8.*HNSW"):
                await engine.search_index.move(IndexSettings(type="DISKANN"), "")
            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            offered = [kind.name for kind in engine.search_index.types()]
            assert offered == ["FLAT", "IVF_FLAT", "IVF_SQ8", "HNSW"]

    asyncio.run(use())
