from __future__ import annotations

import os
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from core.scan.walk import NO_RULES, NeedsWalkError, scan_paths, walk
from core.types import Rules
from tests.helpers.pictures.drawn import encoded, quarters

if TYPE_CHECKING:
    from collections.abc import Iterable

    from core.scan.walk import Listing

PICTURE = encoded(quarters(16, 12))

links = pytest.mark.skipif(os.name == "nt", reason="creating links needs a special privilege on Windows")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "note.txt").touch()
    return folder


def put(path: Path, content: bytes = PICTURE) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def photos(folders: Iterable[Listing]) -> list[Path]:
    return sorted(photo.path for folder in folders for photo in folder.photos)


def scanned(root: Path, *paths: Path, rules: Rules = NO_RULES) -> list[Path]:
    return photos(scan_paths(root, [root / "library"], rules, paths))


def test_only_the_changed_file_is_scanned(root: Path) -> None:
    path = put(root / "sub" / "a.png")
    put(root / "sub" / "b.png")
    os.utime(path, ns=(1, 1_600_000_000_123_456_700))

    ((photo,),) = [folder.photos for folder in scan_paths(root, [], NO_RULES, [path])]

    assert (photo.path, photo.size, photo.mtime_ns) == (path, len(PICTURE), path.stat().st_mtime_ns)


def test_changed_folder_is_scanned_with_everything_below_it(root: Path) -> None:
    wanted = [put(root / "sub" / name) for name in ("a.png", "deep/b.png", "deep/down/c.png")]
    put(root / "sub 2" / "d.png")

    assert scanned(root, root / "sub") == wanted


def test_nested_paths_are_scanned_once(root: Path) -> None:
    path = put(root / "sub" / "deep" / "a.png")

    folders = list(scan_paths(root, [], NO_RULES, [path, root / "sub", path.parent, root / "sub"]))

    assert photos(folders) == [path]


def test_missing_paths_are_not_reported_as_closed(root: Path) -> None:
    put(root / "a.png")

    folders = list(scan_paths(root, [], NO_RULES, [root / name for name in ("gone.png", "gone/b.png", "a.png/c.png")]))

    assert photos(folders) == []
    assert [failure for folder in folders for failure in folder.closed] == []


@pytest.mark.parametrize(
    "name",
    [
        ".hidden/a.png",
        ".hidden/deep/a.png",
        "lost+found/a.png",
        "library/a.png",
        "library/deep/a.png",
        "raw/a.png",
        "b.tif",
        "small.jpg",
    ],
)
def test_paths_that_a_walk_skips_are_skipped(root: Path, name: str) -> None:
    content = b"1234" if name == "small.jpg" else PICTURE
    paths = [put(root / name, content), put(root / "sub" / name, content)]
    rules = Rules("raw/\n*.tif\nsub/library", smallest=5)

    assert scanned(root, *paths, rules=rules) == []
    assert scanned(root, paths[0].parent / "deep", root / "sub", rules=rules) == []


def test_excluded_folder_is_counted(root: Path) -> None:
    path = put(root / "raw" / "a.png")

    assert [folder.ignored for folder in scan_paths(root, [], Rules("raw"), [path.parent])] == [1]


@links
@pytest.mark.parametrize("changed", ["link", "link/a.png", "file.png", "sub"])
def test_links_need_a_walk(root: Path, tmp_path: Path, changed: str) -> None:
    put(tmp_path / "elsewhere" / "a.png")
    (root / "link").symlink_to(tmp_path / "elsewhere")
    (root / "file.png").symlink_to(tmp_path / "elsewhere" / "a.png")
    (root / "sub").mkdir()
    (root / "sub" / "link").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(NeedsWalkError):
        scanned(root, root / changed)


@links
def test_excluded_link_needs_no_walk(root: Path, tmp_path: Path) -> None:
    put(tmp_path / "elsewhere" / "a.png")
    (root / "link").symlink_to(tmp_path / "elsewhere")

    assert scanned(root, root / "link", root / "link" / "a.png", rules=Rules("link/")) == []


def test_change_of_the_root_itself_needs_a_walk(root: Path) -> None:
    with pytest.raises(NeedsWalkError):
        scanned(root, root, root / "a.png")


def test_empty_or_missing_root_needs_a_walk(root: Path) -> None:
    (root / "note.txt").unlink()
    with pytest.raises(NeedsWalkError):
        scanned(root, root / "a.png")

    root.rmdir()
    with pytest.raises(NeedsWalkError):
        scanned(root, root / "a.png")


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read everything")
@pytest.mark.parametrize("changed", ["shut", "shut/a.png", "shut/sub/b.png"])
def test_folder_without_read_permission_is_reported(root: Path, changed: str) -> None:
    put(root / "shut" / "sub" / "b.png")
    put(root / "shut" / "a.png")
    (root / "shut").chmod(0)
    try:
        folders = list(scan_paths(root, [], NO_RULES, [root / changed]))
    finally:
        (root / "shut").chmod(0o700)

    (failure,) = [failure for folder in folders for failure in folder.closed]
    assert (root / changed).is_relative_to(failure.path)
    assert failure.path != root
    assert photos(folders) == []


NAMES = st.sampled_from(["a", "b", "c.png", "d.png", "raw", ".e", "lost+found", "library"])
PATHS = st.lists(NAMES, min_size=1, max_size=4).map("/".join)


@given(
    files=st.dictionaries(PATHS, st.integers(1, 3), min_size=1, max_size=12),
    changed=st.lists(PATHS, max_size=4),
    changed_files=st.sets(st.integers(0, 11), max_size=4),
    exclude=st.lists(st.sampled_from(["raw/", "*.png", "!c.png", "/a", "a/b", "b/**", "!*/"]), max_size=3),
    smallest=st.integers(0, 3),
)
@settings(max_examples=60, deadline=None)
def test_scan_of_some_paths_agrees_with_a_walk(
    files: dict[str, int], changed: list[str], changed_files: set[int], exclude: list[str], smallest: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        (root / "note.txt").touch()
        for file, size in files.items():
            path = root / file
            if not path.exists() and not any(parent.is_file() for parent in path.parents):
                put(path, b"\xff\xd8\xff"[:size])
        rules, leave_out = Rules("\n".join(exclude), smallest), [root / "library"]
        paths = {root / path for path in changed}
        paths |= {root / path for number, path in enumerate(files) if number in changed_files}

        partial = photos(scan_paths(root, leave_out, rules, paths))

        assert partial == [
            path for path in photos(walk(root, leave_out, rules)) if not paths.isdisjoint({path, *path.parents})
        ]
