from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.catalog.catalog import Catalog
from core.catalog.database import Database
from tests.core.catalog.entries import PLACE

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def database(file: Path) -> Iterator[Database]:
    database = Database(file)
    yield database
    database.close()


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database)


@pytest.fixture
def root(catalog: Catalog) -> Root:
    return catalog.add_root(PLACE)
