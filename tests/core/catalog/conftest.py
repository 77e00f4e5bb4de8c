from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.engine.catalog_entries import FOLDER

if TYPE_CHECKING:
    from pathlib import Path

    from core.catalog.photos import Catalog
    from core.types import Root


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "catalog.sqlite"


@pytest.fixture
def root(catalog: Catalog) -> Root:
    return catalog.add_root(FOLDER)
