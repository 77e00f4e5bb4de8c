"""Looking up, adding and locating folders while the drive of another folder is silent."""

from __future__ import annotations

import asyncio
import os
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import FolderError
from core.folders.drives import Drives
from core.folders.service import FolderService
from core.types import PhotoFile, Root, Rules
from core.workers import run
from tests.helpers.folders.folder_bench import FolderBench, save
from tests.helpers.folders.movable_drive import put, sample_of
from tests.helpers.folders.silent_share import NEVER, SilentShare

if TYPE_CHECKING:
    from collections.abc import Iterator

links = pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")


@pytest.fixture
def drives() -> list[Path]:
    """Return the mount points that the service finds, to be changed by tests."""
    return []


@pytest.fixture
def opened(tmp_path: Path, drives: list[Path]) -> Iterator[FolderBench]:
    with closing(FolderBench(tmp_path)) as opened:
        opened.folders = FolderService(opened.workers, opened.library, Drives(lambda: drives, timeout=2))
        yield opened


@pytest.fixture
def nas(opened: FolderBench, tmp_path: Path) -> Root:
    """Return the root that is on the silent `share`."""
    return add(opened, tmp_path / "nas")


@pytest.fixture
def disk(opened: FolderBench, tmp_path: Path) -> Root:
    return add(opened, tmp_path / "disk")


@pytest.fixture
def share(nas: Root, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    share = SilentShare(nas.path)
    share.install(monkeypatch)
    share.fall_silent()
    yield share
    share.responds.set()


def add(opened: FolderBench, folder: Path) -> Root:
    put(folder, ["a.jpg", "2020/b.jpg"])
    root = opened.library.catalog.add_root(folder)
    save(opened, root, sample_of(folder))
    return root


def parts(opened: FolderBench, *folders: Path) -> list[tuple[Root, Path]]:
    return opened.do(opened.folders.parts(folders))


async def answer_again(opened: FolderBench, share: SilentShare, nas: Root) -> list[Root]:
    """Let the share answer again, and return the online roots once its root is among them."""
    share.responds.set()
    while nas not in (online := await opened.online_roots()):
        pass
    return online


def test_parts_without_folders_are_all_roots(opened: FolderBench, tmp_path: Path) -> None:
    first, second = add(opened, tmp_path / "a"), add(opened, tmp_path / "b")
    assert parts(opened) == [(first, first.path), (second, second.path)]


def test_silent_root_is_changed_and_forgotten_without_accessing_it(
    opened: FolderBench, share: SilentShare, nas: Root
) -> None:
    opened.do(opened.folders.set_rules(nas.path / "2020" / "..", Rules("*.png")))
    assert opened.do(opened.folders.root_of(nas.path)) == Root(nas.uuid, nas.path, Rules("*.png"))
    assert len(opened.do(opened.folders.forget(nas.path))) == 2
    assert opened.library.read_catalog.roots() == []
    assert share.blocked_calls == 0


@pytest.mark.parametrize("inside", [".", "2020"])
def test_parts_of_a_silent_root_are_found_without_accessing_it(
    opened: FolderBench, share: SilentShare, nas: Root, inside: str
) -> None:
    assert parts(opened, nas.path / inside) == [(nas, nas.path / inside)]
    assert share.blocked_calls == 0


def test_nested_roots_of_a_silent_root_are_found_without_accessing_it(
    opened: FolderBench, share: SilentShare, nas: Root
) -> None:
    inner = add(opened, nas.path / "2021" / "drive")

    assert parts(opened, nas.path / "2021") == [(nas, nas.path / "2021"), (inner, inner.path)]
    assert share.blocked_calls == 0


@links
@pytest.mark.usefixtures("share")
def test_root_is_found_by_a_link_while_another_root_is_silent(opened: FolderBench, disk: Root, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(disk.path)

    assert opened.do(opened.folders.root_of(tmp_path / "link")) == disk
    assert parts(opened, tmp_path / "link" / "2020") == [(disk, disk.path / "2020")]


@links
def test_parts_of_a_link_inside_a_root_are_those_of_its_target(opened: FolderBench, nas: Root, disk: Root) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))
    (disk.path / "here").symlink_to(disk.path / "2020")
    (disk.path / "there").symlink_to(nas.path)

    assert parts(opened, disk.path / "here", disk.path / "there") == [(disk, disk.path / "2020"), (nas, nas.path)]


@links
def test_parts_of_a_link_with_known_photos_have_the_path_of_the_link(
    opened: FolderBench, disk: Root, tmp_path: Path
) -> None:
    put(tmp_path / "elsewhere", ["c.jpg"])
    (disk.path / "link").symlink_to(tmp_path / "elsewhere")
    save(opened, disk, [PhotoFile(Path("link", "c.jpg"), 0, 0)])

    assert parts(opened, disk.path / "link") == [(disk, disk.path / "link")]


@links
@pytest.mark.usefixtures("share")
def test_link_to_a_silent_root_is_an_error(opened: FolderBench, nas: Root, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(nas.path)

    with pytest.raises(FolderError, match=r"link does not answer\. Check its drive"):
        opened.do(opened.folders.root_of(tmp_path / "link"))
    with pytest.raises(FolderError, match=r"link does not answer\. Check its drive"):
        parts(opened, tmp_path / "link")


@pytest.mark.usefixtures("share")
def test_error_for_an_unknown_folder_names_the_silent_root_that_may_contain_it(
    opened: FolderBench, nas: Root, tmp_path: Path
) -> None:
    message = f"cannot tell whether the folder {tmp_path / 'new'} is in the library, because {nas.path} does not answer"
    with pytest.raises(FolderError, match=message):
        opened.do(opened.folders.root_of(tmp_path / "new"))
    with pytest.raises(FolderError, match=message):
        parts(opened, tmp_path / "new")


@pytest.mark.usefixtures("disk")
def test_error_for_a_folder_outside_the_library_says_so_if_all_roots_answer(
    opened: FolderBench, tmp_path: Path
) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))
    with pytest.raises(FolderError, match=r"new is not in the library\. The folders in the library are: .*disk"):
        opened.do(opened.folders.root_of(tmp_path / "new"))
    with pytest.raises(FolderError, match=r"new is not in the library\. Add it first"):
        parts(opened, tmp_path / "new")


def test_waiting_for_a_silent_root_blocks_neither_reads_nor_writes(
    opened: FolderBench, share: SilentShare, tmp_path: Path
) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))

    async def ask() -> None:
        calls = [
            asyncio.create_task(opened.folders.forget(tmp_path / "new")),
            asyncio.create_task(opened.folders.parts([tmp_path / "new"])),
        ]
        for _ in calls:
            await share.wait_for_call()
        await run(opened.workers.read, int)
        await run(opened.workers.store, int)
        assert not any(call.done() for call in calls)
        share.responds.set()
        await asyncio.wait(calls)
        assert all("is not in the library" in str(call.exception()) for call in calls)

    opened.do(ask())


@pytest.mark.usefixtures("share")
def test_moved_root_is_found_while_another_root_is_silent(
    opened: FolderBench, nas: Root, tmp_path: Path, drives: list[Path]
) -> None:
    root = add(opened, tmp_path / "one" / "photos")
    (tmp_path / "one").rename(tmp_path / "two")
    drives.append(tmp_path / "two")

    moved = Root(root.uuid, tmp_path / "two" / "photos")
    assert opened.do(opened.folders.online_roots()) == [moved]
    assert opened.library.read_catalog.roots() == [nas, moved]


@pytest.mark.usefixtures("share")
def test_folder_can_be_added_while_another_root_is_silent(opened: FolderBench, nas: Root, tmp_path: Path) -> None:
    put(tmp_path / "new", ["c.jpg"], seed=1)

    added = opened.do(opened.folders.add(tmp_path / "new"))

    assert added.path == tmp_path / "new"
    assert opened.library.read_catalog.roots() == [nas, added]


@pytest.mark.usefixtures("share")
def test_adding_an_outer_folder_keeps_a_silent_nested_root(opened: FolderBench, nas: Root) -> None:
    outer = opened.do(opened.folders.add(nas.path.parent))

    assert opened.library.read_catalog.roots() == [outer, nas]


@links
def test_root_added_twice_while_it_was_silent_is_merged_once_it_answers(
    opened: FolderBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    put(folder, ["a.jpg", "b.jpg"])
    link.symlink_to(folder)
    known = opened.library.catalog.add_root(link)
    save(opened, known, sample_of(folder))
    share = SilentShare(link)
    share.install(monkeypatch)
    share.fall_silent()

    added = opened.do(opened.folders.add(folder))
    save(opened, added, sample_of(folder)[:1])
    assert opened.library.read_catalog.roots() == [added, known]

    online = opened.do(answer_again(opened, share, known))
    assert opened.do(opened.folders.merge_duplicates(online)) == (
        [added],
        [link / "a.jpg", link / "b.jpg"],
    )
    assert opened.library.read_catalog.roots() == [added]
    assert opened.do(opened.folders.add(link)) == added


def test_folders_that_overlap_are_searched_once(opened: FolderBench, disk: Root, tmp_path: Path) -> None:
    inner = add(opened, disk.path / "2020" / "drive")
    everything = [(disk, disk.path), (inner, inner.path)]

    assert parts(opened, disk.path, disk.path) == everything
    assert parts(opened, disk.path / "2020", disk.path, inner.path / "2020") == everything[::-1]
    assert parts(opened, disk.path / "2020", inner.path) == [(disk, disk.path / "2020"), (inner, inner.path)]
    assert parts(opened, disk.path / "20", inner.path / "2020", tmp_path) == everything
