"""A Milvus Lite of a version that its patches were not tested with."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def untested_lite() -> Iterator[None]:
    """Have every Milvus Lite that is started meanwhile run unpatched, as one of an unknown version does."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("core.vectors.lite_memory.TESTED_VERSIONS", frozenset({"0.0.1"}))
        yield
