"""Which roots are watched, when their changes are reported, and how the watch ends."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from core.errors import LibraryError
from core.types import Changes, Root
from core.watch import process_client
from core.watch.process import Changed, Refused, RescanNeeded, serve
from core.watch.watcher import Times, Watcher
from tests.helpers.folders.watched_library import WHOLE_ROOT, FakeLibrary, paths_until, running
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess
    from pathlib import Path

    from core.watch.process_client import Serve


def watch_processes() -> list[BaseProcess]:
    """Return the processes that watch folders; others may run for other tests."""
    return [child for child in multiprocessing.active_children() if child.name == "semblance-watch"]


def replace_by_copy(photos: Path, drawer: Path) -> None:
    photos.rename(drawer)
    shutil.copytree(drawer, photos)


def test_a_root_is_watched_when_it_comes_online_and_not_reported_when_it_goes_offline(
    library: FakeLibrary, photos: Path
) -> None:
    drawer = library.folder / "drawer"
    other = library.add("other")
    (photos / "a.jpg").touch()
    photos.rename(drawer)

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            assert await next_changes() == Changes(roots=frozenset({"other"}))
            drawer.rename(photos)
            assert await next_changes() == WHOLE_ROOT
            replace_by_copy(photos, drawer)  # looks the same, but is not the folder that is watched
            assert await next_changes() == WHOLE_ROOT
            (photos / "b.jpg").touch()
            assert await paths_until(next_changes, photos / "b.jpg") == {photos / "b.jpg"}
            shutil.rmtree(photos)
            (other / "b.jpg").touch()
            assert await paths_until(next_changes, other / "b.jpg") == {other / "b.jpg"}
            drawer.rename(photos)
            assert await next_changes() == WHOLE_ROOT
            (photos / "c.jpg").touch()
            assert await paths_until(next_changes, photos / "c.jpg") == {photos / "c.jpg"}

    asyncio.run(main())
    assert not library.messages


def test_roots_that_are_added_removed_or_relocated_are_followed(library: FakeLibrary, photos: Path) -> None:
    async def main() -> None:
        watcher = library.watcher()
        async with running(watcher) as next_changes:
            assert await next_changes() == WHOLE_ROOT
            library.add("second")
            watcher.refresh_roots()
            assert await next_changes() == Changes(roots=frozenset({"second"}))
            library.roots.pop(0)
            moved = library.add("moved", "photos")
            watcher.refresh_roots()
            assert await next_changes() == WHOLE_ROOT
            (photos / "a.jpg").touch()
            (moved / "b.jpg").touch()
            assert await paths_until(next_changes, moved / "b.jpg") == {moved / "b.jpg"}

    asyncio.run(main())


def refuse(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(Refused("no room", "fs.inotify.max_user_watches"))


def send_endlessly(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(RescanNeeded())
    while not pipe.poll(0.05):
        pipe.send(Changed(frozenset({os.path.join(path, "growing.jpg")})))


def send_two(path: str, leave_out: str, pipe: Connection) -> None:
    for name in "ab":
        pipe.send(Changed(frozenset({os.path.join(path, name)})))
    pipe.poll(None)


def send_nothing(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.poll(None)


def hang(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(RescanNeeded())
    threading.Event().wait()


def test_collected_changes_of_a_removed_root_are_dropped(library: FakeLibrary, photos: Path) -> None:
    library.add("second")

    async def main() -> None:
        def remove(message: str) -> None:
            if str(photos) in message:
                library.roots.pop(0)
                watcher.refresh_roots()

        watcher = Watcher(library.find_roots, library.is_online, library.folder, remove, Times(settle=0.5), refuse)
        async with running(watcher) as next_changes:
            assert await next_changes() == Changes(roots=frozenset({"second"}))

    asyncio.run(main())


def test_changes_in_quick_succession_are_reported_together(library: FakeLibrary, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=1.0), send_two)) as next_changes:
            assert await next_changes() == Changes(frozenset({photos / "a", photos / "b"}))

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
def test_a_constant_stream_of_changes_is_reported_after_the_maximum_delay(library: FakeLibrary) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=60.0, max_delay=0.5), send_endlessly)) as next_changes:
            assert await next_changes() == WHOLE_ROOT
            (path,) = (await next_changes()).paths
            assert path.name == "growing.jpg"

    asyncio.run(main())


def test_a_root_that_cannot_be_watched_is_rescanned_regularly_and_reported_once(
    library: FakeLibrary, photos: Path
) -> None:
    async def main() -> None:
        async with running(
            library.watcher(Times(settle=0.1, offline_retry=0.1, unwatched_rescan=1.8), refuse)
        ) as next_changes:
            began = asyncio.get_running_loop().time()
            assert await next_changes() == WHOLE_ROOT
            assert await next_changes() == WHOLE_ROOT
            assert asyncio.get_running_loop().time() - began > 1.7

    asyncio.run(main())
    (message,) = library.messages
    assert str(photos) in message
    assert "every 0.03 minutes" in message
    assert "fs.inotify.max_user_watches" in message


@pytest.mark.usefixtures("photos")
def test_every_root_is_rescanned_regularly(library: FakeLibrary) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=0.1, offline_retry=0.1, full_rescan=2.0))) as next_changes:
            assert [await next_changes() for _ in range(2)] == [WHOLE_ROOT] * 2

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
def test_a_watch_restarts_when_its_process_dies(library: FakeLibrary) -> None:
    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            (process,) = watch_processes()
            process.kill()
            assert await next_changes() == WHOLE_ROOT

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("work", [serve, hang])
def test_closing_ends_all_threads_and_processes(
    library: FakeLibrary, work: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(
        process_client, "STOP_SECONDS", HANG_TIMEOUT
    )  # a killed process may end slowly on a busy machine
    before = set(threading.enumerate())
    library.add("second")

    async def main() -> None:
        async with running(library.watcher(serve=work)) as next_changes:
            await next_changes()
            assert set(threading.enumerate()) > before

    asyncio.run(main())
    assert set(threading.enumerate()) == before
    assert watch_processes() == []


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("seconds", [0.02, 0.5])
def test_cancelling_before_a_root_is_watched_ends_all_threads_and_processes(
    library: FakeLibrary, seconds: float
) -> None:
    before = set(threading.enumerate())

    async def main() -> None:
        changes = library.watcher(serve=send_nothing).changes()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(changes), seconds)

    asyncio.run(main())
    assert set(threading.enumerate()) == before
    assert watch_processes() == []


@pytest.mark.usefixtures("photos")
def test_a_library_error_is_raised_to_the_caller(library: FakeLibrary) -> None:
    async def fail(_: Root) -> bool:
        raise LibraryError("The catalog is gone.")

    async def main() -> None:
        watcher = Watcher(library.find_roots, fail, library.folder, library.messages.append)
        async with running(watcher) as next_changes:
            with pytest.raises(LibraryError, match="gone"):
                await next_changes()

    asyncio.run(main())
