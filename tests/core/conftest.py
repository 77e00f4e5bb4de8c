from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

import core.images.decoder  # noqa: F401 - importing it sets which of Pillow's warnings are ignored
from core.catalog.database import Database
from core.catalog.photos import Catalog
from tests.helpers.indexing.bench import Bench

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture(autouse=True)
def _ignore_warnings_of_pillow() -> None:
    """Repeat what the decoder does on import, because pytest resets the warning filters before every test."""
    warnings.filterwarnings("ignore", module=r"PIL\.")


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    database = Database(tmp_path / "catalog.sqlite")
    yield database
    database.close()


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database)


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    with Bench(tmp_path / "library") as bench:
        yield bench
