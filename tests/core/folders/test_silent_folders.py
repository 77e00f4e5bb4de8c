"""Folders of the library that are called by name, added and found again while the drive of another one is silent."""

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
from tests.helpers.folders.movable_drive import put, sample_of
from tests.helpers.folders.opened_library import OpenedLibrary, save
from tests.helpers.folders.silent_share import NEVER, SilentShare

if TYPE_CHECKING:
    from collections.abc import Iterator

links = pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")


@pytest.fixture
def drives() -> list[Path]:
    """Return where drives are mounted."""
    return []


@pytest.fixture
def opened(tmp_path: Path, drives: list[Path]) -> Iterator[OpenedLibrary]:
    with closing(OpenedLibrary(tmp_path)) as opened:
        opened.folders = FolderService(opened.workers, opened.library, Drives(lambda: drives, timeout=2))
        yield opened


@pytest.fixture
def nas(opened: OpenedLibrary, tmp_path: Path) -> Root:
    """Return a root that a silent share is for."""
    return add(opened, tmp_path / "nas")


@pytest.fixture
def disk(opened: OpenedLibrary, tmp_path: Path) -> Root:
    return add(opened, tmp_path / "disk")


@pytest.fixture
def share(nas: Root, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    share = SilentShare(nas.path)
    share.put_before(monkeypatch)
    share.fall_silent()
    yield share
    share.is_back.set()


def add(opened: OpenedLibrary, folder: Path) -> Root:
    put(folder, ["a.jpg", "2020/b.jpg"])
    root = opened.library.catalog.add_root(folder)
    save(opened, root, sample_of(folder))
    return root


def parts(opened: OpenedLibrary, *folders: Path) -> list[tuple[Root, Path]]:
    return opened.do(opened.folders.parts(folders))


async def answer(opened: OpenedLibrary, share: SilentShare, nas: Root) -> list[Root]:
    """Have the share answer, and return the roots that are there when it has."""
    share.is_back.set()
    while nas not in (there := await opened.there()):
        pass
    return there


def test_no_folders_are_all_roots(opened: OpenedLibrary, tmp_path: Path) -> None:
    first, second = add(opened, tmp_path / "a"), add(opened, tmp_path / "b")
    assert parts(opened) == [(first, first.path), (second, second.path)]


def test_silent_folder_is_called_by_its_own_path_without_being_asked(
    opened: OpenedLibrary, share: SilentShare, nas: Root
) -> None:
    opened.do(opened.folders.set_rules(nas.path / "2020" / "..", Rules("*.png")))
    assert opened.do(opened.folders.root_of(nas.path)) == Root(nas.uuid, nas.path, Rules("*.png"))
    assert len(opened.do(opened.folders.forget(nas.path))) == 2
    assert opened.library.read_catalog.roots() == []
    assert share.times == 0


@pytest.mark.parametrize("inside", [".", "2020"])
def test_silent_folder_is_searched_by_its_own_path_without_being_asked(
    opened: OpenedLibrary, share: SilentShare, nas: Root, inside: str
) -> None:
    assert parts(opened, nas.path / inside) == [(nas, nas.path / inside)]
    assert share.times == 0


def test_folder_with_a_root_inside_it_is_searched_with_it_without_being_asked(
    opened: OpenedLibrary, share: SilentShare, nas: Root
) -> None:
    inner = add(opened, nas.path / "2021" / "drive")

    assert parts(opened, nas.path / "2021") == [(nas, nas.path / "2021"), (inner, inner.path)]
    assert share.times == 0


@links
@pytest.mark.usefixtures("share")
def test_folder_is_called_by_a_link_while_another_one_is_silent(
    opened: OpenedLibrary, disk: Root, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(disk.path)

    assert opened.do(opened.folders.root_of(tmp_path / "link")) == disk
    assert parts(opened, tmp_path / "link" / "2020") == [(disk, disk.path / "2020")]


@links
def test_link_in_a_folder_is_searched_where_it_leads(opened: OpenedLibrary, nas: Root, disk: Root) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))
    (disk.path / "here").symlink_to(disk.path / "2020")
    (disk.path / "there").symlink_to(nas.path)

    assert parts(opened, disk.path / "here", disk.path / "there") == [(disk, disk.path / "2020"), (nas, nas.path)]


@links
def test_photos_behind_a_link_are_searched_by_the_path_that_they_are_known_by(
    opened: OpenedLibrary, disk: Root, tmp_path: Path
) -> None:
    put(tmp_path / "elsewhere", ["c.jpg"])
    (disk.path / "link").symlink_to(tmp_path / "elsewhere")
    save(opened, disk, [PhotoFile(Path("link", "c.jpg"), 0, 0)])

    assert parts(opened, disk.path / "link") == [(disk, disk.path / "link")]


@links
@pytest.mark.usefixtures("share")
def test_silent_folder_is_not_called_by_a_link(opened: OpenedLibrary, nas: Root, tmp_path: Path) -> None:
    (tmp_path / "link").symlink_to(nas.path)

    with pytest.raises(FolderError, match=r"link does not answer\. Check its drive"):
        opened.do(opened.folders.root_of(tmp_path / "link"))
    with pytest.raises(FolderError, match=r"link does not answer\. Check its drive"):
        parts(opened, tmp_path / "link")


@pytest.mark.usefixtures("share")
def test_nobody_says_that_a_folder_is_not_in_the_library_while_one_that_may_be_it_is_silent(
    opened: OpenedLibrary, nas: Root, tmp_path: Path
) -> None:
    doubt = f"cannot tell whether the folder {tmp_path / 'new'} is in the library, because {nas.path} does not answer"
    with pytest.raises(FolderError, match=doubt):
        opened.do(opened.folders.root_of(tmp_path / "new"))
    with pytest.raises(FolderError, match=doubt):
        parts(opened, tmp_path / "new")


@pytest.mark.usefixtures("disk")
def test_folder_that_is_not_in_the_library_is_said_not_to_be(opened: OpenedLibrary, tmp_path: Path) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))
    with pytest.raises(FolderError, match=r"new is not in the library\. The folders in the library are: .*disk"):
        opened.do(opened.folders.root_of(tmp_path / "new"))
    with pytest.raises(FolderError, match=r"new is not in the library\. Add it first"):
        parts(opened, tmp_path / "new")


def test_asking_a_silent_folder_holds_up_neither_searches_nor_writing(
    opened: OpenedLibrary, share: SilentShare, tmp_path: Path
) -> None:
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=NEVER))

    async def ask() -> None:
        asking = [
            asyncio.create_task(opened.folders.forget(tmp_path / "new")),
            asyncio.create_task(opened.folders.parts([tmp_path / "new"])),
        ]
        for _ in asking:
            await share.is_asked()
        await run(opened.workers.read, int)
        await run(opened.workers.store, int)
        assert not any(each.done() for each in asking)
        share.is_back.set()
        await asyncio.wait(asking)
        assert all("is not in the library" in str(each.exception()) for each in asking)

    opened.do(ask())


@pytest.mark.usefixtures("share")
def test_drive_comes_back_elsewhere_while_another_folder_is_silent(
    opened: OpenedLibrary, nas: Root, tmp_path: Path, drives: list[Path]
) -> None:
    root = add(opened, tmp_path / "one" / "photos")
    (tmp_path / "one").rename(tmp_path / "two")
    drives.append(tmp_path / "two")

    moved = Root(root.uuid, tmp_path / "two" / "photos")
    assert opened.do(opened.folders.online_roots()) == [moved]
    assert opened.library.read_catalog.roots() == [nas, moved]


@pytest.mark.usefixtures("share")
def test_folder_is_added_while_another_one_is_silent(opened: OpenedLibrary, nas: Root, tmp_path: Path) -> None:
    put(tmp_path / "new", ["c.jpg"], seed=1)

    added = opened.do(opened.folders.add(tmp_path / "new"))

    assert added.path == tmp_path / "new"
    assert opened.library.read_catalog.roots() == [nas, added]


@pytest.mark.usefixtures("share")
def test_silent_folder_stays_one_in_the_folder_that_holds_it(opened: OpenedLibrary, nas: Root) -> None:
    outer = opened.do(opened.folders.add(nas.path.parent))

    assert opened.library.read_catalog.roots() == [outer, nas]


@links
def test_folder_that_was_added_twice_while_it_was_silent_is_one_again_when_it_answers(
    opened: OpenedLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder, link = tmp_path / "folder", tmp_path / "link"
    put(folder, ["a.jpg", "b.jpg"])
    link.symlink_to(folder)
    known = opened.library.catalog.add_root(link)
    save(opened, known, sample_of(folder))
    share = SilentShare(link)
    share.put_before(monkeypatch)
    share.fall_silent()

    added = opened.do(opened.folders.add(folder))
    save(opened, added, sample_of(folder)[:1])
    assert opened.library.read_catalog.roots() == [added, known]

    there = opened.do(answer(opened, share, known))
    assert opened.do(opened.folders.merge_duplicates(there)) == (
        [added],
        [link / "a.jpg", link / "b.jpg"],
    )
    assert opened.library.read_catalog.roots() == [added]
    assert opened.do(opened.folders.add(link)) == added
