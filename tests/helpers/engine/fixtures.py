"""The converted model, and an engine that stays open over many tests: starting both takes seconds.

A plugin: test modules that name it in `pytest_plugins` can use its fixtures.
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
from core.models.runtime import cached_spec, load
from core.types import SearchRequest
from tests.helpers.engine.program import Program

if TYPE_CHECKING:
    from collections.abc import Coroutine, Iterator
    from pathlib import Path

    from core.reports import IndexReport, LibraryStatus
    from core.types import Hit, Views

T = TypeVar("T")


@dataclass(frozen=True)
class Opened:
    """An open engine, with each coroutine run to its end."""

    engine: Engine
    runner: asyncio.Runner

    def do(self, work: Coroutine[None, None, T]) -> T:
        return self.runner.run(work)

    def index(self, *folders: Path) -> IndexReport:
        return self.do(self.engine.index(folders or None))

    def search(self, query: Path | bytes, top_k: int = 20, views: Views = "one") -> list[Hit]:
        return self.do(self.engine.search(SearchRequest(query, top_k=top_k, views=views)))

    def paths(self, query: Path) -> list[Path]:
        """Return every photo of the library, the closest to the query first."""
        return [hit.path for hit in self.search(query, top_k=1000)]

    def status(self) -> LibraryStatus:
        return self.do(self.engine.status())


@pytest.fixture(scope="session")
def models(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the default model converted, to be copied into libraries: converting takes seconds."""
    cache = tmp_path_factory.mktemp("models")
    load(choose(DEFAULT_MODEL), cache)
    return cache


@pytest.fixture(scope="session")
def dim(models: Path) -> int:
    """Return the length of the default model's embeddings."""
    conversion = cached_spec(choose(DEFAULT_MODEL), models)
    assert conversion
    return conversion.dim


@pytest.fixture
def library(tmp_path: Path, models: Path) -> Path:
    """Return the folder of a new library that has the default model."""
    folder = tmp_path / "library"
    shutil.copytree(models, folder / "models")
    return folder


@pytest.fixture
def program(library: Path) -> Program:
    return Program(library)


@pytest.fixture(scope="module")
def module_engine(tmp_path_factory: pytest.TempPathFactory, models: Path) -> Iterator[Opened]:
    library = tmp_path_factory.mktemp("session") / "library"
    shutil.copytree(models, library / "models")
    with asyncio.Runner() as runner:
        opened = Opened(Engine(library, Settings()), runner)
        opened.do(opened.engine.open())
        yield opened
        opened.do(opened.engine.close())


@pytest.fixture
def opened(module_engine: Opened) -> Iterator[Opened]:
    """Return an open engine whose library has no folder, and is left so."""
    yield module_engine
    for root in module_engine.status().roots:
        module_engine.do(module_engine.engine.remove_folder(root.root.path))
    assert module_engine.status().photos == module_engine.status().searchable == 0
