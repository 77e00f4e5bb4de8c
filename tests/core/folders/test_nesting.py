from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from core.errors import FolderError
from core.folders.nesting import checked, covering, inside, is_online, overlap, parts, same
from core.types import Root

if TYPE_CHECKING:
    from pathlib import Path

links = pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    (tmp_path / "photos" / "2020" / "may").mkdir(parents=True)
    (tmp_path / "photos 2").mkdir()
    return tmp_path / "photos"


def test_checked_folder_has_an_absolute_path(photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(photos / "2020")

    assert checked(photos / "2020" / "..") == photos
    assert checked(photos.relative_to(photos)) == photos / "2020"


def test_file_is_refused_as_a_folder(photos: Path) -> None:
    (photos / "a.jpg").touch()

    with pytest.raises(FolderError, match=r"a\.jpg is a file. Choose the folder that contains it"):
        checked(photos / "a.jpg")


def test_error_for_a_missing_folder_names_it(photos: Path) -> None:
    with pytest.raises(FolderError, match=r"The folder .*gone cannot be read: No such file.*Choose another folder"):
        checked(photos / "gone")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read every file")
def test_folder_without_read_permission_is_an_error(photos: Path) -> None:
    photos.chmod(0)
    try:
        with pytest.raises(FolderError, match="Permission denied"):
            checked(photos)
    finally:
        photos.chmod(0o700)


def test_roots_around_and_inside_a_folder_are_found(photos: Path) -> None:
    year, everything = Root("1", photos / "2020"), Root("2", photos)

    assert covering([year], photos / "2020" / "may") == year
    assert covering([year], photos / "2020") == year
    assert covering([year], photos) is None
    assert covering([year], photos / "2020" / ".hidden") is None
    assert inside([year], photos) == [year]
    assert inside([year], photos / "2020" / "may") == []
    assert inside([everything, year], photos) == [everything, year]


@pytest.mark.parametrize("is_first", [False, True])
def test_folder_is_covered_by_the_innermost_root_whose_scan_reaches_it(photos: Path, is_first: bool) -> None:
    outer, inner = Root("1", photos), Root("2", photos / "2020")
    known = [inner, outer] if is_first else [outer, inner]

    assert covering(known, photos / "2020" / "may") == inner
    assert covering(known, photos / "2020") == inner
    assert covering(known, photos / "2021") == outer
    assert covering(known, photos) == outer
    assert covering(known, photos / "2020" / ".hidden") is None
    assert covering([*known, Root("3", photos / "2020" / ".hidden")], photos / "2020" / ".hidden" / "a") is not None


def test_folder_whose_name_begins_like_that_of_a_root_is_outside_it(photos: Path) -> None:
    root, other = Root("1", photos), Root("2", photos.with_name("photos 2"))

    assert covering([root], other.path) is None
    assert inside([other], photos) == []
    assert same([root], other.path) is None


def test_folders_overlap_if_they_share_photos(photos: Path) -> None:
    assert overlap(photos, photos)
    assert overlap(photos, photos / "2020" / "may")
    assert overlap(photos / "2020", photos)
    assert not overlap(photos, photos.with_name("photos 2"))
    assert not overlap(photos / "2020", photos / "2021")
    assert not overlap(photos / ".hidden" / "2020", photos)
    assert not overlap(photos, photos / ".hidden")


@pytest.mark.parametrize("name", ["@Recycle", "~snapshot/hourly.0", "Photos.photoslibrary/resources/derivatives"])
def test_folder_that_the_scan_of_a_root_skips_is_not_covered(photos: Path, name: str) -> None:
    assert covering([Root("1", photos)], photos / name) is None


@links
def test_folders_are_compared_with_links_resolved(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos)
    linked, root = Root("1", tmp_path / "link"), Root("2", photos)

    assert covering([linked], photos / "2020") == linked
    assert covering([root], tmp_path / "link" / "2020") == root
    assert inside([Root("3", tmp_path / "link" / "2020")], photos) != []
    assert same([root], tmp_path / "link") == root
    assert same([linked], photos) == linked
    assert same([linked], photos / "2020") is None


def test_root_is_online_only_if_its_folder_exists(photos: Path) -> None:
    (photos / "a.jpg").touch()

    assert is_online(Root("1", photos), has_photos=True)
    assert not is_online(Root("1", photos / "gone"), has_photos=True)
    assert not is_online(Root("1", photos / "gone"), has_photos=False)
    assert not is_online(Root("1", photos / "a.jpg"), has_photos=False)
    assert not is_online(Root("1", photos / ("too long a name" * 100)), has_photos=False)


def test_root_with_photos_is_offline_if_its_folder_is_empty(photos: Path) -> None:
    assert not is_online(Root("1", photos / "2020" / "may"), has_photos=True)


@pytest.mark.parametrize(
    "left",
    [
        *(".Trashes/", ".Trash-1000/", ".DS_Store", "._.DS_Store", ".album.jpg/"),
        *("$RECYCLE.BIN/", "System Volume Information/", "lost+found/", "@eaDir/", "desktop.ini", "Thumbs.db"),
    ],
)
def test_root_with_photos_is_offline_if_only_system_files_are_left(photos: Path, left: str) -> None:
    root = Root("1", photos / "2020" / "may")
    (root.path / left).mkdir() if left.endswith("/") else (root.path / left).touch()
    (root.path / ".Spotlight-V100").mkdir()

    assert not is_online(root, has_photos=True)
    assert is_online(root, has_photos=False)


@pytest.mark.parametrize("left", ["a", "2020/", ".a.jpg"])
def test_root_is_online_if_content_is_left_beside_system_files(photos: Path, left: str) -> None:
    root = Root("1", photos / "2020" / "may")
    (root.path / ".Trashes").mkdir()
    (root.path / left).mkdir() if left.endswith("/") else (root.path / left).touch()

    assert is_online(root, has_photos=True)


def test_root_without_photos_is_online_in_an_empty_folder(photos: Path) -> None:
    assert is_online(Root("1", photos / "2020" / "may"), has_photos=False)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read every file")
def test_root_without_read_permission_is_online(photos: Path) -> None:
    photos.chmod(0)
    try:
        assert is_online(Root("1", photos), has_photos=True)
        assert not is_online(Root("1", photos / "2020"), has_photos=True)
    finally:
        photos.chmod(0o700)


def test_parts_of_a_folder_are_those_in_the_library(photos: Path) -> None:
    known = [Root("1", photos), Root("2", photos.parent / "photos 2")]

    assert parts(known, photos / "2020") == [(known[0], photos / "2020")]
    assert parts(known, photos) == [(known[0], photos)]
    assert parts(known, photos.parent) == [(known[0], photos), (known[1], photos.parent / "photos 2")]
    with pytest.raises(FolderError, match=r"elsewhere is not in the library\. Add it first"):
        parts(known, photos.parent / "elsewhere")


def test_parts_of_a_folder_include_nested_roots(photos: Path) -> None:
    outer, inner = Root("1", photos), Root("2", photos / "2020" / "may")
    known = [outer, inner]

    assert parts(known, photos) == [(outer, photos), (inner, inner.path)]
    assert parts(known, photos / "2020") == [(outer, photos / "2020"), (inner, inner.path)]
    assert parts(known, photos.parent) == [(outer, photos), (inner, inner.path)]
    assert parts(known, inner.path) == [(inner, inner.path)]
    assert parts(known, inner.path / "1") == [(inner, inner.path / "1")]
    assert parts(known, photos / "2021") == [(outer, photos / "2021")]


@links
def test_parts_of_a_linked_folder_have_paths_in_their_root(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(photos, target_is_directory=True)
    root = Root("1", photos)

    assert parts([root], tmp_path / "link" / "2020") == [(root, photos / "2020")]
    linked = Root("2", tmp_path / "link")
    assert parts([linked], photos / "2020") == [(linked, tmp_path / "link" / "2020")]


@links
def test_root_that_is_a_circular_link_is_offline_and_matches_no_folder(photos: Path, tmp_path: Path) -> None:
    (tmp_path / "one").symlink_to(tmp_path / "two", target_is_directory=True)
    (tmp_path / "two").symlink_to(tmp_path / "one", target_is_directory=True)
    root = Root("1", tmp_path / "one")

    assert not is_online(root, has_photos=False)
    assert covering([root], photos) is None
    assert same([root], photos) is None
    assert inside([root], photos) == []
