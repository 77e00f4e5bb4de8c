from __future__ import annotations

import asyncio
import time
from contextlib import closing, suppress
from typing import TYPE_CHECKING

import pytest

from core.catalog.photos import REREAD
from core.errors import FolderError
from core.folders.drives import Drives
from core.folders.service import FolderService
from core.workers import run
from tests.core.desk import NAMES, put, sample_of
from tests.core.silence import SECONDS, Share
from tests.core.world import World, save

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with closing(World(tmp_path)) as world:
        yield world


@pytest.fixture
def root(world: World, tmp_path: Path) -> Root:
    """Return a root on a share that has a photo."""
    put(tmp_path / "share", ["a.jpg"])
    root = world.held.catalog.add_root(tmp_path / "share")
    save(world, root, sample_of(root.path))
    return root


@pytest.fixture
def share(root: Root, monkeypatch: pytest.MonkeyPatch) -> Iterator[Share]:
    """Return the root's share, which is silent."""
    share = Share(root.path)
    share.put_before(monkeypatch)
    share.fall_silent()
    yield share
    share.is_back.set()


def test_silent_share_holds_up_nobody_who_waits_for_a_picture(world: World, share: Share) -> None:
    async def look_at_pictures() -> None:
        looks = [world.there(), asyncio.create_task(world.folder_service.presence(world.held))]
        for _ in looks:
            await share.is_asked()
        await run(world.workers.interactive, int)
        assert not any(look.done() for look in looks)
        share.is_back.set()
        await asyncio.gather(*looks)

    world.do(look_at_pictures())


def test_who_asks_for_the_same_roots_at_the_same_time_shares_a_look(world: World, share: Share, root: Root) -> None:
    async def ask_twice() -> tuple[list[Root], bool]:
        first = world.there()
        await share.is_asked()
        second = asyncio.create_task(world.folder_service.is_there(world.held, root))
        await world.settle()
        share.is_back.set()
        return await first, await second

    assert world.do(ask_twice()) == ([root], True)
    assert share.times == 1


def test_next_look_is_a_new_one(world: World, root: Root) -> None:
    async def unplug() -> tuple[list[Root], list[Root]]:
        before = await world.there()
        root.path.rename(root.path.with_name("drawer"))
        return before, await world.there()

    assert world.do(unplug()) == ([root], [])


def test_cancelled_caller_leaves_the_look_to_the_others(world: World, share: Share, root: Root) -> None:
    async def cancel_the_first() -> list[Root]:
        first = world.there()
        await share.is_asked()
        second = world.there()
        await world.settle()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        share.is_back.set()
        return await second

    assert world.do(cancel_the_first()) == [root]


def test_folder_that_was_added_during_a_look_is_looked_at(
    world: World, share: Share, root: Root, tmp_path: Path
) -> None:
    async def add_and_ask() -> tuple[list[Root], list[Root]]:
        first = world.there()
        await share.is_asked()
        added = await run(world.workers.store, world.held.catalog.add_root, tmp_path)
        second = world.there()
        await share.is_asked()
        share.is_back.set()
        assert added in await second
        return await first, await second

    before, after = world.do(add_and_ask())
    assert before == [root]
    assert set(after) > {root}


def test_failing_look_fails_for_who_asked_and_is_forgotten(world: World, root: Root) -> None:
    with world.held.database.transaction() as db:
        db.execute("ALTER TABLE photo RENAME TO gone")
    with pytest.raises(Exception, match="no such table"):
        world.do(world.folder_service.there(world.held))
    with world.held.database.transaction() as db:
        db.execute("ALTER TABLE gone RENAME TO photo")

    assert world.do(world.folder_service.there(world.held)) == [root]


def test_closing_waits_for_no_share(world: World, share: Share) -> None:
    async def close() -> None:
        looks = [world.there(), asyncio.create_task(world.folder_service.presence(world.held))]
        for _ in looks:
            await share.is_asked()
        looks[1].cancel()
        await world.folder_service.close()
        world.workers.shutdown()
        assert looks[0].cancelled()

    begin = time.monotonic()
    world.do(close())
    assert time.monotonic() - begin < SECONDS


def test_root_of_which_the_first_look_alone_is_known_is_away_where_its_mount_point_is_empty(
    world: World, root: Root
) -> None:
    save(world, root, sample_of(root.path), REREAD)
    root.path.rename(root.path.with_name("drawer"))
    root.path.mkdir()

    assert world.do(world.folder_service.there(world.held)) == []
    assert world.do(world.folder_service.presence(world.held)) == {root: False}


def test_root_of_which_the_first_look_alone_is_known_is_the_same_when_it_is_added(world: World, tmp_path: Path) -> None:
    put(tmp_path / "disk")
    root = world.held.catalog.add_root(tmp_path / "disk")
    save(world, root, sample_of(root.path), REREAD)
    there = root.path.rename(tmp_path / "elsewhere")
    (there / NAMES[0]).unlink()

    added = world.do(world.folder_service.add(world.held, there))

    assert (added.uuid, added.path) == (root.uuid, there)


def test_silent_share_that_is_added_is_an_error_and_holds_up_nobody(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    share = Share(tmp_path / "new")
    share.put_before(monkeypatch)
    share.fall_silent()
    world.folder_service = FolderService(world.workers, Drives(patience=0.2))

    with pytest.raises(FolderError, match=r"new does not answer\. See to its drive"):
        world.do(world.folder_service.add(world.held, share.path))
    world.do(run(world.workers.drives, int))

    share.is_back.set()
    assert world.do(add_until_it_answers(world, share.path)).path == share.path


async def add_until_it_answers(world: World, folder: Path) -> Root:
    while True:
        with suppress(FolderError):
            return await world.folder_service.add(world.held, folder)


def test_share_that_falls_silent_while_it_is_recognised_is_not_added(
    world: World, root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = root.path.rename(tmp_path / "there")
    share = Share(there / "a.jpg")
    share.put_before(monkeypatch)
    share.fall_silent()
    world.folder_service = FolderService(world.workers, Drives(patience=0.2))

    with pytest.raises(FolderError, match="there does not answer"):
        world.do(world.folder_service.add(world.held, there))

    share.is_back.set()
    assert [known.path for known in world.held.read_catalog.roots()] == [root.path]


def test_folder_that_is_in_the_library_can_be_added_beside_one_that_is_silent(
    world: World, share: Share, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    disk = world.held.catalog.add_root(tmp_path / "disk")

    assert world.do(world.folder_service.add(world.held, disk.path)) == disk


def test_closing_lets_go_whoever_adds_a_silent_share(world: World, share: Share) -> None:
    async def close() -> None:
        adding = asyncio.create_task(world.folder_service.add(world.held, share.path))
        await share.is_asked()
        await world.folder_service.close()
        world.workers.shutdown()
        await asyncio.wait([adding])
        assert isinstance(adding.exception(), FolderError)

    world.do(close())
