from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import app_icons
from linux import completion, desktop_files

if TYPE_CHECKING:
    from pathlib import Path

COMMIT_TIME = 1_700_000_000

collect_ignore_glob = [] if sys.platform == "linux" else ["*"]


@pytest.fixture(scope="package")
def share(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the files that connect the program with a desktop."""
    folder = tmp_path_factory.mktemp("share")
    desktop_files.write_texts("1.2.3", COMMIT_TIME, folder)
    app_icons.write_theme(folder / "icons")
    completion.write(folder)
    return folder


@pytest.fixture
def program(tmp_path: Path) -> Path:
    """Return the folder of a program that prints its arguments. PyTorch is in the folder beside it."""
    folder = tmp_path / "frozen" / "semblance"
    (folder / "_internal").mkdir(parents=True)
    (folder / "_internal" / "library.so").write_text("library", encoding="utf-8")
    executable = folder / "semblance"
    executable.write_text('#!/bin/sh\necho "started $*"\n', encoding="utf-8")
    executable.chmod(0o755)
    (tmp_path / "frozen" / "pytorch" / "torch").mkdir(parents=True)
    (tmp_path / "frozen" / "pytorch" / "torch" / "__init__.py").write_text("", encoding="utf-8")
    return folder
