from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from core.vectors.lite import fingerprint

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "index" / "deep").mkdir(parents=True)
    (tmp_path / "index" / "deep" / "rows").write_bytes(b"some rows")
    (tmp_path / "index" / "manifest").write_bytes(b"a manifest")
    return tmp_path / "index"


def test_unchanged_files_have_the_same_fingerprint(folder: Path) -> None:
    assert fingerprint(folder) == fingerprint(folder) != ""


def test_folder_without_files_has_an_empty_fingerprint(tmp_path: Path) -> None:
    (tmp_path / "empty" / "inside").mkdir(parents=True)
    assert fingerprint(tmp_path / "empty") == fingerprint(tmp_path / "missing") == ""


@pytest.mark.parametrize(
    "change",
    [
        lambda file: file.unlink(),
        lambda file: file.write_bytes(b"other"),
        lambda file: file.rename(file.with_name("renamed")),
        lambda file: file.with_name("another").touch(),
        lambda file: os.utime(file, ns=(0, file.stat().st_mtime_ns + 1)),
        lambda file: os.truncate(file, 3),
    ],
)
def test_every_change_of_a_file_changes_the_fingerprint(folder: Path, change: Callable[[Path], object]) -> None:
    before = fingerprint(folder)
    change(folder / "deep" / "rows")
    assert fingerprint(folder) != before
