"""The converted default model, which takes seconds to make."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from filelock import FileLock

from core.library.settings import DEFAULT_MODEL
from core.models.registry import choose
from core.models.runtime import load

if TYPE_CHECKING:
    from pathlib import Path

    import pytest


def converted_default_model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder with the converted default model. The first worker process that needs it makes it for all."""
    folder = tmp_path_factory.getbasetemp()
    cache = (folder.parent if "PYTEST_XDIST_WORKER" in os.environ else folder) / "default-model"
    with FileLock(f"{cache}.lock"):
        load(choose(DEFAULT_MODEL), cache)
    return cache
