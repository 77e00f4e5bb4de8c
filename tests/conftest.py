from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    # The window's tests share one event loop, which runs from the first of them to the end of the session; after it,
    # nothing else could start one of its own.
    items.sort(key=lambda item: item.nodeid.startswith("tests/desktop/"))
