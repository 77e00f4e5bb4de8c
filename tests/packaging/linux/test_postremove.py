from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from core.library.settings import default_library
from linux.desktop_files import FILES


def removal(argument: str) -> str:
    command = ["sh", str(FILES / "postremove.sh"), argument]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout


@pytest.mark.parametrize("argument", ["remove", "0"])
def test_removing_a_package_says_that_libraries_stay_and_where_they_are(
    argument: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("XDG_DATA_HOME", raising=False)
    library = default_library({}).relative_to(Path.home())
    assert f"~/{library} " in removal(argument)


@pytest.mark.parametrize("argument", ["upgrade", "purge", "failed-upgrade", "abort-install", "1"])
def test_upgrading_or_purging_a_package_says_nothing(argument: str) -> None:
    assert removal(argument) == ""
