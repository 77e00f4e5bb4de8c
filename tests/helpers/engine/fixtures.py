"""Fixtures that share the converted model and an open engine among tests, because making either takes seconds.

Test modules that use them name this module in `pytest_plugins`.
"""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeVar

import pytest

from core.engine import Engine
from core.library.settings import DEFAULT_MODEL, Settings
from core.models.registry import choose
from core.models.runtime import cached_spec
from core.search_request import SearchRequest
from tests.helpers.engine.converted_model import converted_default_model
from tests.helpers.engine.program import Program

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Coroutine, Iterator
    from pathlib import Path

    from core.reports import IndexReport, LibraryStatus
    from core.search_request import Views
    from core.types import Changes, Hit

T = TypeVar("T")


@dataclass(frozen=True)
class OpenEngine:
    """An open engine. The methods run its coroutines to completion."""

    engine: Engine
    runner: asyncio.Runner

    def do(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def index(self, *folders: Path) -> IndexReport:
        return self.do(self.engine.index(folders or None))

    def search(self, query: Path | bytes, top_k: int = 20, views: Views = "one") -> list[Hit]:
        return self.do(self.engine.search(SearchRequest.like(query, top_k=top_k, views=views)))

    def paths(self, query: Path) -> list[Path]:
        """Return the paths of all photos in the library, the most similar to the query first."""
        return [hit.path for hit in self.search(query, top_k=1000)]

    async def index_until_found(self, all_changes: AsyncIterator[Changes], wanted: list[Path]) -> None:
        """Index changes until a search finds each of these photos once, and no others."""
        async for changes in all_changes:
            await self.engine.index(changes=changes)
            hits = await self.engine.search(SearchRequest.like(wanted[0], top_k=1000, views="one"))
            if sorted(hit.path for hit in hits) == sorted(wanted):
                return

    def status(self) -> LibraryStatus:
        return self.do(self.engine.status())


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the converted default model, to be copied into libraries."""
    return converted_default_model(tmp_path_factory)


@pytest.fixture(scope="session")
def dim(models: Path) -> int:
    """Return the length of the default model's embeddings."""
    conversion = cached_spec(choose(DEFAULT_MODEL), models)
    assert conversion
    return conversion.dim


@pytest.fixture
def library(tmp_path: Path, models: Path) -> Path:
    """Return the folder of a new library with the converted default model."""
    folder = tmp_path / "library"
    shutil.copytree(models, folder / "models")
    return folder


@pytest.fixture
def program(library: Path) -> Program:
    return Program(library)


@pytest.fixture(scope="module")
def module_engine(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[OpenEngine]:
    library = tmp_path_factory.mktemp("session") / "library"
    shutil.copytree(models, library / "models")
    with asyncio.Runner() as runner:
        opened = OpenEngine(Engine(library, Settings()), runner)
        opened.do(opened.engine.open())
        yield opened
        opened.do(opened.engine.close())


@pytest.fixture
def opened(module_engine: OpenEngine) -> Iterator[OpenEngine]:
    """Return the module's engine with an empty library, and remove all roots afterwards."""
    yield module_engine
    for root in module_engine.status().roots:
        module_engine.do(module_engine.engine.remove_folder(root.root.path))
    assert module_engine.status().photos == module_engine.status().searchable == 0
