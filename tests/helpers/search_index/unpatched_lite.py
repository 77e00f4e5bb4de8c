"""Runs Milvus Lite without our patches."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def unpatched_lite() -> Iterator[None]:
    """Start every Milvus Lite unpatched, like a version that the patches were not tested with."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.vectors.lite_memory.TESTED_VERSIONS", frozenset({"0.0.1"}))
        yield
