from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.helpers.folders.watched_library import FakeLibrary

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def library(tmp_path: Path) -> FakeLibrary:
    return FakeLibrary(tmp_path)


@pytest.fixture
def photos(library: FakeLibrary) -> Path:
    return library.add("photos")
