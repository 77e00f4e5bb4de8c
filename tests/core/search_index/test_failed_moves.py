"""A move to the index that answers already, with other settings, which fails: it goes on with the old settings."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import VectorIndexError
from core.library.settings import IndexSettings, Settings
from core.reports import Phase
from core.search_index import opener
from core.search_request import SearchRequest
from core.vectors.exact import ExactIndex
from core.vectors.lite import LiteIndex
from tests.helpers.indexing.bench import paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from core.vectors.connection import Server
    from core.vectors.lite_server import LiteServer
    from core.vectors.schema import IndexSpec

pytest_plugins = ["tests.helpers.engine.fixtures"]

REFUSED, FAILED = "The server refused the token.", "The disk was disconnected."


def connect_with_token(server: Server, *_: object) -> ExactIndex:
    if server.token != "root:right":
        raise VectorIndexError(REFUSED)
    return ExactIndex()


def open_with_small_ef(
    process: LiteServer, model: str, dim: int, spec: IndexSpec, *, unclean_shutdown: bool
) -> LiteIndex:
    if spec.search["ef"] > 100:
        raise VectorIndexError(FAILED)
    return LiteIndex(process, model, dim, spec, unclean_shutdown=unclean_shutdown)


def test_a_wrong_token_for_the_current_server_changes_nothing(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "MilvusIndex", connect_with_token)
    files = paint_many(tmp_path / "photos", 3)
    used = Settings(index=IndexSettings(uri="http://localhost:19530"))

    async def use() -> None:
        async with Engine(library, used, "root:right") as engine:
            await engine.index([tmp_path / "photos"])
            states = [engine.search_index.state]
            engine.search_index.listen(states.append)

            with pytest.raises(VectorIndexError, match=REFUSED):
                await engine.search_index.move(used.index, "root:wrong")

            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert {state.phase for state in states} == {Phase.READY}

    asyncio.run(use())


@pytest.mark.slow
def test_a_local_index_that_cannot_be_opened_with_new_parameters_is_opened_with_the_old_ones(
    library: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(opener, "LiteIndex", open_with_small_ef)
    files = paint_many(tmp_path / "photos", 3)
    used = Settings(index=IndexSettings(type="HNSW,ef=64"))

    async def use() -> None:
        async with Engine(library, used) as engine:
            await engine.index([tmp_path / "photos"])

            with pytest.raises(VectorIndexError, match=FAILED):
                await engine.search_index.move(IndexSettings(type="HNSW,ef=256"), "")

            assert (await engine.search(SearchRequest.like(files[1])))[0].path == files[1]
            assert engine.settings == used

    asyncio.run(use())
