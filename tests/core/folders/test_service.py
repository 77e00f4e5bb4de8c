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
from tests.helpers.folders.folder_bench import FolderBench, save
from tests.helpers.folders.movable_drive import NAMES, put, sample_of
from tests.helpers.folders.silent_share import SilentShare

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root


@pytest.fixture
def opened(tmp_path: Path) -> Iterator[FolderBench]:
    with closing(FolderBench(tmp_path)) as opened:
        yield opened


@pytest.fixture
def root(opened: FolderBench, tmp_path: Path) -> Root:
    """Return a root with one photo on a network share."""
    put(tmp_path / "share", ["a.jpg"])
    root = opened.library.catalog.add_root(tmp_path / "share")
    save(opened, root, sample_of(root.path))
    return root


@pytest.fixture
def share(root: Root, monkeypatch: pytest.MonkeyPatch) -> Iterator[SilentShare]:
    """Return the share of the root, which is silent."""
    share = SilentShare(root.path)
    share.install(monkeypatch)
    share.fall_silent()
    yield share
    share.responds.set()


def test_silent_share_does_not_block_the_interactive_workers(opened: FolderBench, share: SilentShare) -> None:
    async def use_interactive_workers() -> None:
        calls = [opened.online_roots(), asyncio.create_task(opened.folders.online_states())]
        for _ in calls:
            await share.wait_for_call()
        await run(opened.workers.interactive, int)
        assert not any(call.done() for call in calls)
        share.responds.set()
        await asyncio.gather(*calls)

    opened.do(use_interactive_workers())


def test_concurrent_calls_for_the_same_roots_share_one_search(
    opened: FolderBench, share: SilentShare, root: Root
) -> None:
    async def ask_twice() -> tuple[list[Root], bool]:
        first = opened.online_roots()
        await share.wait_for_call()
        second = asyncio.create_task(opened.folders.is_online(root))
        await opened.wait_for_reads()
        share.responds.set()
        return await first, await second

    assert opened.do(ask_twice()) == ([root], True)
    assert share.blocked_calls == 1


def test_later_call_starts_a_new_search(opened: FolderBench, root: Root) -> None:
    async def unplug() -> tuple[list[Root], list[Root]]:
        before = await opened.online_roots()
        root.path.rename(root.path.with_name("drawer"))
        return before, await opened.online_roots()

    assert opened.do(unplug()) == ([root], [])


def test_cancelling_one_caller_does_not_cancel_the_search_for_others(
    opened: FolderBench, share: SilentShare, root: Root
) -> None:
    async def cancel_the_first() -> list[Root]:
        first = opened.online_roots()
        await share.wait_for_call()
        second = opened.online_roots()
        await opened.wait_for_reads()
        first.cancel()
        with pytest.raises(asyncio.CancelledError):
            await first
        share.responds.set()
        return await second

    assert opened.do(cancel_the_first()) == [root]


def test_folder_added_during_a_search_is_included_in_the_next_call(
    opened: FolderBench, share: SilentShare, root: Root, tmp_path: Path
) -> None:
    async def add_and_ask() -> tuple[list[Root], list[Root]]:
        first = opened.online_roots()
        await share.wait_for_call()
        added = await run(opened.workers.store, opened.library.catalog.add_root, tmp_path)
        second = opened.online_roots()
        await share.wait_for_call()
        share.responds.set()
        assert added in await second
        return await first, await second

    before, after = opened.do(add_and_ask())
    assert before == [root]
    assert set(after) > {root}


def test_failed_search_raises_its_error_and_the_next_call_searches_again(opened: FolderBench, root: Root) -> None:
    with opened.library.database.transaction() as db:
        db.execute("ALTER TABLE photo RENAME TO gone")
    with pytest.raises(Exception, match="no such table"):
        opened.do(opened.folders.online_roots())
    with opened.library.database.transaction() as db:
        db.execute("ALTER TABLE gone RENAME TO photo")

    assert opened.do(opened.folders.online_roots()) == [root]


def test_closing_does_not_wait_for_a_silent_share(opened: FolderBench, share: SilentShare) -> None:
    async def close() -> None:
        calls = [opened.online_roots(), asyncio.create_task(opened.folders.online_states())]
        for _ in calls:
            await share.wait_for_call()
        calls[1].cancel()
        await opened.folders.close()
        opened.workers.shutdown()
        assert calls[0].cancelled()

    opened.do(close())


def test_root_whose_photos_will_be_reread_is_offline_at_an_empty_mount_point(opened: FolderBench, root: Root) -> None:
    save(opened, root, sample_of(root.path), REREAD)
    root.path.rename(root.path.with_name("drawer"))
    root.path.mkdir()

    assert opened.do(opened.folders.online_roots()) == []
    assert opened.do(opened.folders.online_states()) == {root: False}


def test_root_whose_photos_will_be_reread_is_recognised_when_its_folder_is_added(
    opened: FolderBench, tmp_path: Path
) -> None:
    put(tmp_path / "disk")
    root = opened.library.catalog.add_root(tmp_path / "disk")
    save(opened, root, sample_of(root.path), REREAD)
    there = root.path.rename(tmp_path / "elsewhere")
    (there / NAMES[0]).unlink()

    added = opened.do(opened.folders.add(there))

    assert (added.uuid, added.path) == (root.uuid, there)


def test_adding_a_silent_share_fails_and_does_not_block_the_drives_worker(
    opened: FolderBench, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "new").mkdir()
    share = SilentShare(tmp_path / "new")
    share.install(monkeypatch)
    share.fall_silent()
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=0.2))

    with pytest.raises(FolderError, match=r"new does not answer\. Check its drive"):
        opened.do(opened.folders.add(share.path))
    opened.do(run(opened.workers.drives, int))

    share.responds.set()
    assert opened.do(add_until_it_answers(opened, share.path)).path == share.path


async def add_until_it_answers(opened: FolderBench, folder: Path) -> Root:
    while True:
        with suppress(FolderError):
            return await opened.folders.add(folder)


def test_share_that_falls_silent_during_recognition_is_not_added(
    opened: FolderBench, root: Root, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = root.path.rename(tmp_path / "there")
    share = SilentShare(there / "a.jpg")
    share.install(monkeypatch)
    share.fall_silent()
    opened.folders = FolderService(opened.workers, opened.library, Drives(timeout=0.2))

    with pytest.raises(FolderError, match="there does not answer"):
        opened.do(opened.folders.add(there))

    share.responds.set()
    assert [known.path for known in opened.library.read_catalog.roots()] == [root.path]


def test_existing_root_can_be_added_again_while_another_root_is_silent(
    opened: FolderBench, share: SilentShare, tmp_path: Path
) -> None:
    (tmp_path / "disk").mkdir()
    disk = opened.library.catalog.add_root(tmp_path / "disk")

    assert opened.do(opened.folders.add(disk.path)) == disk


def test_closing_ends_adding_a_silent_share_with_an_error(opened: FolderBench, share: SilentShare) -> None:
    async def close() -> None:
        adding = asyncio.create_task(opened.folders.add(share.path))
        await share.wait_for_call()
        await opened.folders.close()
        opened.workers.shutdown()
        await asyncio.wait([adding])
        assert isinstance(adding.exception(), FolderError)

    opened.do(close())
