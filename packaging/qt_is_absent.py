"""A pytest plugin that runs tests as if Qt were not installed: `pytest -p no:pytest-qt -p qt_is_absent`."""

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
    """An import finder that makes every import of Qt fail. It must come before all other finders."""

    def find_spec(self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None) -> None:
        """Raise `ModuleNotFoundError` for a module of Qt, and leave all others to the next finder."""
        if fullname.partition(".")[0] in ABSENT:
            raise ModuleNotFoundError(f"No module named {fullname!r}", name=fullname)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Register the settings of pytest-qt, because pytest refuses settings that no plugin knows."""
    for name in OPTIONS_OF_PYTEST_QT:
        parser.addini(name, "a setting of pytest-qt, ignored here")


sys.meta_path.insert(0, Absent())
