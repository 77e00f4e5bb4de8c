"""A pytest plugin that runs tests as on a machine without Qt: `pytest -p no:pytest-qt -p qt_is_absent`."""

from __future__ import annotations

import sys
from importlib.abc import MetaPathFinder
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import ModuleType

    import pytest

ABSENT = frozenset({"PySide6", "shiboken6", "qasync"})
OPTIONS_OF_PYTEST_QT = ("qt_api", "qt_log_level_fail")


class Absent(MetaPathFinder):
    """Finds Qt nowhere, before any other finder is asked."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise for a module of Qt; leave every other one to the finders that follow."""
        if fullname.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Accept the settings that the project makes for pytest-qt, which is not there."""
    for name in OPTIONS_OF_PYTEST_QT:
        parser.addini(name, "of pytest-qt")


sys.meta_path.insert(0, Absent())
