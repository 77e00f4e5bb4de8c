from __future__ import annotations

import os
import shutil
import socket
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from core.scan.walk import NO_RULES, walk
from core.types import Failure, Rules
from tests.helpers.pictures.drawn import encoded, quarters

if TYPE_CHECKING:
    from pathlib import Path

PICTURE = encoded(quarters(16, 12))

links = pytest.mark.skipif(os.name == "nt", reason="creating links needs a special privilege on Windows")
any_name = pytest.mark.skipif(sys.platform != "linux", reason="only Linux allows any bytes in a name")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    return folder


def put(path: Path, content: bytes = PICTURE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def photos(root: Path, *leave_out: Path, rules: Rules = NO_RULES) -> list[Path]:
    return [photo.path for folder in walk(root, leave_out, rules) for photo in folder.photos]


def ignored(root: Path, rules: Rules = NO_RULES) -> int:
    return sum(folder.ignored for folder in walk(root, rules=rules))


def closed(root: Path) -> list[Path]:
    return [failure.path for folder in walk(root) for failure in folder.closed]


def test_photo_is_listed_with_its_size_and_time(root: Path) -> None:
    path = put(root / "a.png")
    os.utime(path, ns=(1, 1_600_000_000_123_456_700))

    (photo,) = [photo for folder in walk(root) for photo in folder.photos]

    assert (photo.path, photo.size, photo.mtime_ns) == (path, len(PICTURE), path.stat().st_mtime_ns)


@pytest.mark.parametrize("name", ["a.png", "A.JPEG", "wrong.gif", "wrong.txt", "unknown.0001", "missing", ".hidden"])
def test_picture_is_found_whatever_its_name(root: Path, name: str) -> None:
    path = put(root / name)

    assert photos(root) == [path]
    assert ignored(root) == 0


@pytest.mark.parametrize("name", ["note.txt", "film.mp4", "empty", "catalog.sqlite"])
@pytest.mark.parametrize("content", [b"", b"abc", b"SQLite format 3\0" + bytes(100)])
def test_other_files_are_only_counted(root: Path, name: str, content: bytes) -> None:
    put(root / name, content)

    assert photos(root) == []
    assert ignored(root) == 1


@pytest.mark.parametrize("name", ["broken.jpg", "BROKEN.JPG", "broken.Heic"])
def test_file_with_a_picture_extension_counts_as_a_photo(root: Path, name: str) -> None:
    path = put(root / name, b"text")

    assert photos(root) == [path]


def test_photos_are_sorted_by_name_in_every_walk(root: Path) -> None:
    wanted = [root / name for name in ("b.png", "c.png", "A/z.png", "a/1.png", "a/deep/2.png", "d/3.png")]
    for path in reversed(wanted):
        put(path)

    assert photos(root) == wanted
    assert photos(root) == wanted


def test_hidden_folders_are_skipped_and_counted(root: Path) -> None:
    put(root / ".trash" / "a.png")
    put(root / "seen" / ".thumbnails" / "b.png")

    assert (photos(root), ignored(root)) == ([], 2)


@pytest.mark.parametrize(
    "name",
    [
        *("$RECYCLE.BIN", "System Volume Information", "lost+found", "@eaDir", "#recycle", "@Recycle", "#snapshot"),
        *("@Recently-Snapshot", "~snapshot", "Previews.lrdata", "My Photos.photoslibrary/resources"),
        *("iPhoto Library.photolibrary/Thumbnails", "Work.cocatalog/Cache", "CaptureOne/Cache"),
    ],
)
def test_folders_of_systems_and_photo_programs_are_skipped_and_counted(root: Path, name: str) -> None:
    put(root / name / "a.png")
    put(root / "2020" / name / "deep" / "b.png")

    assert (photos(root), ignored(root)) == ([], 2)


@pytest.mark.parametrize("name", ["My Photos.photoslibrary/originals", "resources", "Cache", "Thumbnails", "snapshot"])
def test_other_folders_beside_or_named_like_them_are_scanned(root: Path, name: str) -> None:
    photo = put(root / name / "a.png")

    assert photos(root) == [photo]


@pytest.mark.parametrize("prefix", [".trashed-1700000000-", ".pending-1700000000-"])
def test_photos_that_a_phone_has_deleted_or_is_still_writing_are_skipped_and_counted(root: Path, prefix: str) -> None:
    put(root / f"{prefix}IMG_1.png")
    photo = put(root / "IMG_2.png")

    assert (photos(root), ignored(root)) == ([photo], 1)


@pytest.mark.skipif(sys.platform != "win32", reason="only Windows marks folders as hidden")
def test_folder_marked_as_hidden_is_skipped(root: Path) -> None:
    put(root / "marked" / "a.png")
    subprocess.run(["attrib", "+h", root / "marked"], check=True)

    assert photos(root) == []


def test_excluded_files_and_folders_are_skipped_and_counted(root: Path) -> None:
    rules = Rules("raw/\n*.tif\n/2021\n!keep.tif")
    kept = [put(root / name) for name in ("keep.tif", "2020/2021/a.png", "2020/raw.png")]
    for name in ("a.tif", "2020/raw/b.png", "2020/raw/c.png", "2021/d.png"):
        put(root / name)

    assert sorted(photos(root, rules=rules)) == sorted(kept)
    assert ignored(root, rules) == 3


def test_folder_is_entered_for_photos_that_the_rules_include_again(root: Path) -> None:
    kept = put(root / "deep" / "down" / "a.jpg")
    put(root / "deep" / "b.png")

    assert photos(root, rules=Rules("*\n!*/\n!*.jpg")) == [kept]


def test_small_files_are_skipped_and_counted(root: Path) -> None:
    put(root / "small.jpg", bytes(99))
    kept = put(root / "enough.jpg", bytes(100))

    assert photos(root, rules=Rules(smallest=100)) == [kept]
    assert ignored(root, Rules(smallest=100)) == 1


def test_metadata_file_of_macos_is_not_a_photo(root: Path) -> None:
    path = put(root / "a.jpg")
    (root / "._a.jpg").write_bytes(b"\0\5\x16\7" + b"\0" * 100)

    assert photos(root) == [path]


def test_hidden_root_is_walked(tmp_path: Path) -> None:
    path = put(tmp_path / ".photos" / "a.png")

    assert photos(tmp_path / ".photos") == [path]


def test_library_is_skipped(root: Path) -> None:
    put(root / "library" / "thumbnails" / "a.jpg")
    kept = put(root / "library 2" / "b.jpg")

    assert photos(root, root / "library") == [kept]


@links
def test_library_is_skipped_whatever_path_leads_to_it(root: Path, tmp_path: Path) -> None:
    put(root / "library" / "thumbnails" / "a.jpg")
    (tmp_path / "link").symlink_to(root)

    assert photos(root, tmp_path / "link" / "library") == []
    assert photos(tmp_path / "link", root / "library") == []


def test_root_that_is_itself_the_library_is_walked(root: Path) -> None:
    path = put(root / "a.png")

    assert photos(root, root) == [path]


@links
def test_links_to_folders_and_files_are_followed(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "a.png")
    single = put(tmp_path / "another" / "b.png")
    (root / "folder").symlink_to(tmp_path / "elsewhere")
    (root / "file.png").symlink_to(single)

    assert photos(root) == [root / "folder" / "a.png", root / "file.png"]


@links
@pytest.mark.parametrize("name", ["a", "z"])
def test_photo_is_found_by_its_own_path_whatever_links_lead_to_it(root: Path, name: str) -> None:
    path = put(root / "n" / "deep" / "photo.png")
    (root / name).symlink_to(root / "n" / "deep")
    (root / f"{name}.png").symlink_to(path)
    (root / "n" / f"{name}.png").symlink_to(path)

    assert photos(root) == [path]
    assert ignored(root) == 3


@links
def test_linked_file_is_found_through_the_linked_folder_that_contains_it(root: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "elsewhere" / "a.png")
    (root / "a.png").symlink_to(path)
    (root / "b").symlink_to(tmp_path / "elsewhere")

    assert photos(root) == [root / "b" / "a.png"]


@links
def test_file_linked_twice_is_found_once(root: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "elsewhere" / "a.png")
    (root / "first.png").symlink_to(path)
    (root / "second.png").symlink_to(path)

    assert photos(root) == [root / "first.png"]
    assert ignored(root) == 1


@links
def test_linked_file_is_found_if_its_own_folder_is_skipped(root: Path) -> None:
    put(root / ".store" / "1" / "a.png")
    (root / "a.png").symlink_to(root / ".store" / "1" / "a.png")
    put(root / ".store" / "2" / "b.png")
    (root / "sub").symlink_to(root / ".store" / "2")

    assert photos(root) == [root / "sub" / "b.png", root / "a.png"]


@links
def test_rules_apply_to_links_by_their_own_paths(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "a.png")
    (root / "private").symlink_to(tmp_path / "elsewhere")
    (root / "b.png").symlink_to(tmp_path / "elsewhere" / "a.png")

    assert photos(root, rules=Rules("private/\nb.*")) == []
    assert ignored(root, Rules("private/\nb.*")) == 2
    assert photos(root, rules=Rules("private/a.*\nb.*")) == []


@links
def test_links_into_left_out_folders_are_skipped(root: Path, tmp_path: Path) -> None:
    path = put(tmp_path / "other" / "2020" / "may" / "a.png")
    (root / "all").symlink_to(tmp_path / "other")
    (root / "year").symlink_to(tmp_path / "other" / "2020")
    (root / "a.png").symlink_to(path)
    (root / "around").symlink_to(tmp_path)

    assert photos(root, tmp_path / "other", tmp_path / "gone") == []
    assert photos(root) == [root / "all" / "2020" / "may" / "a.png"]


@links
def test_link_to_a_parent_folder_causes_no_endless_walk(root: Path) -> None:
    path = put(root / "a" / "b" / "c.png")
    (root / "a" / "b" / "up").symlink_to(root)
    (root / "self").symlink_to(root / "self")

    assert photos(root) == [path]
    assert closed(root) == []


@links
def test_folder_linked_twice_is_visited_once(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "a.png")
    (root / "first").symlink_to(tmp_path / "elsewhere")
    (root / "second").symlink_to(tmp_path / "elsewhere")

    assert photos(root) == [root / "first" / "a.png"]


@links
def test_dangling_link_is_ignored(root: Path) -> None:
    (root / "gone.jpg").symlink_to(root / "nowhere")

    assert photos(root) == []
    assert ignored(root) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="this system has no named pipes")
def test_pipes_are_never_opened(root: Path) -> None:
    for name in ("pipe.jpg", "pipe"):
        os.mkfifo(root / name)
    (root / "linked.jpg").symlink_to(root / "pipe")

    assert photos(root) == []
    assert ignored(root) == 3


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="this system has no Unix sockets")
def test_sockets_are_ignored(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(root)  # the path of a socket must be short
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind("socket.jpg")

        assert photos(root) == []


@any_name
def test_photos_with_unusual_names_are_found(root: Path) -> None:
    names = [b"line\nfeed.png", b"na\xefve.png", "\U0001f3d6.png".encode(), b" .png", b'"quoted\\.png', b"\xff\xfe"]
    for name in names:
        put(root / os.fsdecode(b"folder \xe9") / os.fsdecode(name))

    assert {os.fsencode(path.name) for path in photos(root)} == set(names)
    assert all(path.is_file() for path in photos(root))


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read everything")
def test_folder_without_read_permission_is_reported(root: Path) -> None:
    shut = put(root / "shut" / "a.png").parent
    path = put(root / "z" / "b.png")
    shut.chmod(0)
    try:
        assert [failure for folder in walk(root) for failure in folder.closed] == [
            Failure(shut, "The folder cannot be read: Permission denied. Its photos stay in the library.")
        ]
        assert photos(root) == [path]
    finally:
        shut.chmod(0o700)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read everything")
def test_unreadable_file_counts_as_a_photo_only_by_its_extension(root: Path) -> None:
    for name in ("a.png", "b"):
        put(root / name).chmod(0)

    assert photos(root) == [root / "a.png"]


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read everything")
def test_folder_with_inaccessible_files_is_reported_once(root: Path) -> None:
    shut = put(root / "shut" / "a.png").parent
    put(root / "shut" / "b.png")
    shut.chmod(0o400)
    try:
        assert closed(root) == [shut]
        assert photos(root) == []
    finally:
        shut.chmod(0o700)


@links
@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read everything")
def test_link_to_an_inaccessible_folder_is_reported(root: Path, tmp_path: Path) -> None:
    shut = put(tmp_path / "shut" / "sub" / "a.png").parents[1]
    (root / "link").symlink_to(shut / "sub")
    shut.chmod(0)
    try:
        assert closed(root) == [root / "link"]
    finally:
        shut.chmod(0o700)


def test_root_that_goes_offline_during_the_walk_is_reported(root: Path) -> None:
    put(root / "a.png")
    steps = walk(root)
    assert next(steps).photos
    shutil.rmtree(root)
    root.mkdir()

    assert [failure.path for folder in steps for failure in folder.closed] == [root]


def test_missing_root_is_reported(root: Path) -> None:
    assert closed(root / "gone") == [root / "gone"]


def test_folder_that_vanishes_during_the_walk_is_reported(root: Path) -> None:
    put(root / "doomed" / "a.png")
    last = put(root / "z" / "b.png")
    steps = walk(root)
    next(steps)
    shutil.rmtree(root / "doomed")

    rest = list(steps)

    assert [failure.path for folder in rest for failure in folder.closed] == [root / "doomed"]
    assert [photo.path for folder in rest for photo in folder.photos] == [last]


def test_each_folder_has_its_own_listing(root: Path) -> None:
    put(root / "a.png")
    put(root / "sub" / "b.png")

    assert [len(folder.photos) for folder in walk(root) if not folder.mounts] == [1, 1]


def test_root_with_only_hidden_files_is_not_reported(root: Path) -> None:
    (root / ".DS_Store").touch()

    assert closed(root) == []


@links
def test_link_to_a_hidden_folder_is_followed_if_the_folder_around_the_root_is_left_out(root: Path) -> None:
    put(root / ".hidden" / "a.png")
    put(root.parent / "b.png")
    (root / "link").symlink_to(root / ".hidden")
    (root / "a.png").symlink_to(root / ".hidden" / "a.png")
    (root / "b.png").symlink_to(root.parent / "b.png")

    assert photos(root, root.parent) == [root / "link" / "a.png"]
