from __future__ import annotations

import asyncio
import os
import threading
import time
from contextlib import closing
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, TypeVar

import pytest

from core.catalog.catalog import REREAD
from core.library import Library
from core.open_library import OpenLibrary
from core.types import PhotoFile, Root
from core.whereabouts import Whereabouts
from core.workers import Workers, run
from tests.core.catalog.entries import MODEL, content, details, vector
from tests.core.desk import NAMES, put, sample_of

if TYPE_CHECKING:
    from collections.abc import Callable, Coroutine, Iterator
    from pathlib import Path

T = TypeVar("T")

SECONDS = 10
"""Less than it takes until a silent share is given up."""


@dataclass
class Share:
    """A network share: where it is silent, whoever looks at it waits until it is back."""

    path: Path
    is_back: threading.Event = field(default_factory=threading.Event)
    asked: threading.Semaphore = field(default_factory=lambda: threading.Semaphore(0))
    times: int = 0

    def scandir(self, scan: Callable[[Path], object], path: Path) -> object:
        if path == self.path:
            self.times += 1
            self.asked.release()
            self.is_back.wait()
        return scan(path)

    async def is_asked(self) -> None:
        assert await asyncio.to_thread(self.asked.acquire, timeout=SECONDS)


class World:
    """An open library, and what looks for its folders."""

    def __init__(self, folder: Path) -> None:
        self.workers = Workers()
        self.held = OpenLibrary(Library(folder / "library"))
        self.whereabouts = Whereabouts(self.workers)

    def do(self, work: Coroutine[None, None, T]) -> T:
        async def in_time() -> T:
            async with asyncio.timeout(SECONDS):
                return await work

        return asyncio.run(in_time())

    def there(self) -> asyncio.Task[list[Root]]:
        return asyncio.create_task(self.whereabouts.there(self.held))

    async def settle(self) -> None:
        """Return when whoever has asked so far knows the roots."""
        await run(self.workers.read, int)

    def close(self) -> None:
        self.workers.shutdown()
        self.held.close()


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
    share, scan = Share(root.path), os.scandir
    monkeypatch.setattr(os, "scandir", lambda path: share.scandir(scan, path))
    yield share
    share.is_back.set()


def save(world: World, root: Root, sample: list[PhotoFile], size: int | None = None) -> None:
    photos = [(PhotoFile(root.path / file.path, size or file.size, file.mtime_ns), details(1)) for file in sample]
    world.held.catalog.save(root, photos, {content(1): vector(1)}, MODEL)


def test_silent_share_holds_up_nobody_who_waits_for_a_picture(world: World, share: Share) -> None:
    async def look_at_pictures() -> None:
        looks = [world.there(), asyncio.create_task(world.whereabouts.presence(world.held))]
        for _ in looks:
            await share.is_asked()
        await run(world.workers.view, int)
        assert not any(look.done() for look in looks)
        share.is_back.set()
        await asyncio.gather(*looks)

    world.do(look_at_pictures())


def test_who_asks_for_the_same_roots_at_the_same_time_shares_a_look(world: World, share: Share, root: Root) -> None:
    async def ask_twice() -> tuple[list[Root], bool]:
        first = world.there()
        await share.is_asked()
        second = asyncio.create_task(world.whereabouts.is_there(world.held, root))
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
    with world.held.writer.transaction() as db:
        db.execute("ALTER TABLE photo RENAME TO gone")
    with pytest.raises(Exception, match="no such table"):
        world.do(world.whereabouts.there(world.held))
    with world.held.writer.transaction() as db:
        db.execute("ALTER TABLE gone RENAME TO photo")

    assert world.do(world.whereabouts.there(world.held)) == [root]


def test_closing_waits_for_no_share(world: World, share: Share) -> None:
    async def close() -> None:
        looks = [world.there(), asyncio.create_task(world.whereabouts.presence(world.held))]
        for _ in looks:
            await share.is_asked()
        looks[1].cancel()
        await world.whereabouts.close()
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

    assert world.do(world.whereabouts.there(world.held)) == []
    assert world.do(world.whereabouts.presence(world.held)) == {root: False}


def test_root_of_which_the_first_look_alone_is_known_is_the_same_when_it_is_added(world: World, tmp_path: Path) -> None:
    put(tmp_path / "disk")
    root = world.held.catalog.add_root(tmp_path / "disk")
    save(world, root, sample_of(root.path), REREAD)
    there = root.path.rename(tmp_path / "elsewhere")
    (there / NAMES[0]).unlink()

    added = world.do(world.whereabouts.add(world.held, there))

    assert (added.uuid, added.path) == (root.uuid, there)
