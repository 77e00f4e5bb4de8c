from __future__ import annotations

import asyncio
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from core.catalog.photos import REREAD
from core.errors import FolderError
from core.folders.drives import Drives
from core.folders.service import FolderService
from core.workers import run
from tests.helpers.folders.movable_drive import NAMES, put, sample_of
from tests.helpers.folders.opened_library import OpenedLibrary, save
from tests.helpers.folders.silent_share import SilentShare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[OpenedLibrary]:
    with closing(OpenedLibrary(tmp_path)) as opened:
        yield opened


@pytest.fixture
def root(opened: OpenedLibrary, tmp_path: Path) -> Root:
    """Return a root on a share that has a photo."""
    put(tmp_path / "share", ["a.jpg"])
    root = opened.library.catalog.add_root(tmp_path / "share")
    save(opened, root, sample_of(root.path))
    return root


@pytest.fixture
def share(root: Root, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    """Return the root's share, which is silent."""
    share = SilentShare(root.path)
    share.put_before(monkeypatch)
    share.fall_silent()
    yield share
    share.is_back.set()


def test_silent_share_holds_up_nobody_who_waits_for_a_picture(opened: OpenedLibrary, share: SilentShare) -> None:
    async def look_at_pictures() -> None:
        looks = [opened.there(), asyncio.create_task(opened.folders.online_states())]
        for _ in looks:
            await share.is_asked()
        await run(opened.workers.interactive, int)
        assert not any(look.done() for look in looks)
        share.is_back.set()
        await asyncio.gather(*looks)

    opened.do(look_at_pictures())


def test_who_asks_for_the_same_roots_at_the_same_time_shares_a_look(
    opened: OpenedLibrary, share: SilentShare, root: Root
) -> None:
    async def ask_twice() -> tuple[list[Root], bool]:
        first = opened.there()
        await share.is_asked()
        second = asyncio.create_task(opened.folders.is_online(root))
        await opened.settle()
        share.is_back.set()
        return await first, await second

    assert opened.do(ask_twice()) == ([root], True)
    assert share.times == 1


def test_next_look_is_a_new_one(opened: OpenedLibrary, root: Root) -> None:
    async def unplug() -> tuple[list[Root], list[Root]]:
        before = await opened.there()
        root.path.rename(root.path.with_name("drawer"))
        return before, await opened.there()

    assert opened.do(unplug()) == ([root], [])


def test_cancelled_caller_leaves_the_look_to_the_others(opened: OpenedLibrary, share: SilentShare, root: Root) -> None:
    async def cancel_the_first() -> list[Root]:
        first = opened.there()
        await share.is_asked()
        second = opened.there()
        await opened.settle()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        share.is_back.set()
        return await second

    assert opened.do(cancel_the_first()) == [root]


def test_folder_that_was_added_during_a_look_is_looked_at(
    opened: OpenedLibrary, share: SilentShare, root: Root, tmp_path: Path
) -> None:
    async def add_and_ask() -> tuple[list[Root], list[Root]]:
        first = opened.there()
        await share.is_asked()
        added = await run(opened.workers.store, opened.library.catalog.add_root, tmp_path)
        second = opened.there()
        await share.is_asked()
        share.is_back.set()
        assert added in await second
        return await first, await second

    before, after = opened.do(add_and_ask())
    assert before == [root]
    assert set(after) > {root}


def test_failing_look_fails_for_who_asked_and_is_forgotten(opened: OpenedLibrary, root: Root) -> None:
    with opened.library.database.transaction() as db:
        db.execute("ALTER TABLE photo RENAME TO gone")
    with pytest.raises(Exception, match="no such table"):
        opened.do(opened.folders.online_roots())
    with opened.library.database.transaction() as db:
        db.execute("ALTER TABLE gone RENAME TO photo")

    assert opened.do(opened.folders.online_roots()) == [root]


def test_closing_waits_for_no_share(opened: OpenedLibrary, share: SilentShare) -> None:
    async def close() -> None:
        looks = [opened.there(), asyncio.create_task(opened.folders.online_states())]
        for _ in looks:
            await share.is_asked()
        looks[1].cancel()
        await opened.folders.close()
        opened.workers.shutdown()
        assert looks[0].cancelled()

    opened.do(close())


def test_root_of_which_the_first_look_alone_is_known_is_away_where_its_mount_point_is_empty(
    opened: OpenedLibrary, root: Root
) -> None:
    save(opened, root, sample_of(root.path), REREAD)
    root.path.rename(root.path.with_name("drawer"))
    root.path.mkdir()

    assert opened.do(opened.folders.online_roots()) == []
    assert opened.do(opened.folders.online_states()) == {root: False}


def test_root_of_which_the_first_look_alone_is_known_is_the_same_when_it_is_added(
    opened: OpenedLibrary, tmp_path: Path
) -> None:
    put(tmp_path / "disk")
    root = opened.library.catalog.add_root(tmp_path / "disk")
    save(opened, root, sample_of(root.path), REREAD)
    there = root.path.rename(tmp_path / "elsewhere")
    (there / NAMES[0]).unlink()

    added = opened.do(opened.folders.add(there))

    assert (added.uuid, added.path) == (root.uuid, there)


def test_silent_share_that_is_added_is_an_error_and_holds_up_nobody(
    opened: OpenedLibrary, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    share = SilentShare(tmp_path / "new")
    share.put_before(monkeypatch)
    share.fall_silent()
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=0.2))

    with pytest.raises(FolderError, match=r"new does not answer\. Check its drive"):
        opened.do(opened.folders.add(share.path))
    opened.do(run(opened.workers.drives, int))

    share.is_back.set()
    assert opened.do(add_until_it_answers(opened, share.path)).path == share.path


async def add_until_it_answers(opened: OpenedLibrary, folder: Path) -> Root:
    while True:
        with suppress(FolderError):
            return await opened.folders.add(folder)


def test_share_that_falls_silent_while_it_is_recognised_is_not_added(
    opened: OpenedLibrary, root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = root.path.rename(tmp_path / "there")
    share = SilentShare(there / "a.jpg")
    share.put_before(monkeypatch)
    share.fall_silent()
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=0.2))

    with pytest.raises(FolderError, match="there does not answer"):
        opened.do(opened.folders.add(there))

    share.is_back.set()
    assert [known.path for known in opened.library.read_catalog.roots()] == [root.path]


def test_folder_that_is_in_the_library_can_be_added_beside_one_that_is_silent(
    opened: OpenedLibrary, share: SilentShare, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    disk = opened.library.catalog.add_root(tmp_path / "disk")

    assert opened.do(opened.folders.add(disk.path)) == disk


def test_closing_lets_go_whoever_adds_a_silent_share(opened: OpenedLibrary, share: SilentShare) -> None:
    async def close() -> None:
        adding = asyncio.create_task(opened.folders.add(share.path))
        await share.is_asked()
        await opened.folders.close()
        opened.workers.shutdown()
        await asyncio.wait([adding])
        assert isinstance(adding.exception(), FolderError)

    opened.do(close())
