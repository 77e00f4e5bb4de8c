from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.scan.entries import has_content

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a.jpg", "note.txt", "a", ".a.jpg"])
def test_file_counts_as_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert has_content(tmp_path)


def test_folder_counts_as_content(tmp_path: Path) -> None:
    (tmp_path / "2020").mkdir()

    assert has_content(tmp_path)


def test_system_files_on_a_mount_point_do_not_count_as_content(tmp_path: Path) -> None:
    assert not has_content(tmp_path)
    (tmp_path / ".Trashes").mkdir()
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "._.Trashes").touch()
    (tmp_path / "System Volume Information").mkdir()

    assert not has_content(tmp_path)


def test_file_or_missing_folder_has_no_content(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    assert not has_content(tmp_path / "a")
    assert not has_content(tmp_path / "gone")
