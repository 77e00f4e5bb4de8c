from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.scan.entries import has_content

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.parametrize("name", ["a.jpg", "note.txt", "a", ".a.jpg"])
def test_file_is_content(tmp_path: Path, name: str) -> None:
    (tmp_path / name).touch()

    assert has_content(tmp_path)


def test_folder_is_content(tmp_path: Path) -> None:
    (tmp_path / "2020").mkdir()

    assert has_content(tmp_path)


def test_what_systems_leave_on_a_mount_point_is_none(tmp_path: Path) -> None:
    assert not has_content(tmp_path)
    (tmp_path / ".Trashes").mkdir()
    (tmp_path / ".DS_Store").touch()
    (tmp_path / "._.Trashes").touch()
    (tmp_path / "System Volume Information").mkdir()

    assert not has_content(tmp_path)


def test_what_is_no_folder_has_none(tmp_path: Path) -> None:
    (tmp_path / "a").touch()

    assert not has_content(tmp_path / "a")
    assert not has_content(tmp_path / "gone")
