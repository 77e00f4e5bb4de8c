from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return the old path of a root."""
    return tmp_path / "old" / "photos"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return its new path."""
    return tmp_path / "new" / "photos"
