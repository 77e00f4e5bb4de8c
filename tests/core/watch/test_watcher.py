from __future__ import annotations

import asyncio
import multiprocessing
import os
import shutil
import sys
import threading
from contextlib import aclosing, asynccontextmanager, closing
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, TypeAlias

import psutil
import pytest

from core.errors import LibraryError
from core.types import Changes, Root
from core.watch import process_client
from core.watch.process import Changed, FolderWatch, Refused, RescanNeeded, StopSignal, serve, start_watch
from core.watch.watcher import Times, Watcher
from tests.helpers.folders.mounting import Drive, MountedDrive, SimulatedDrive, may_mount
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from watchfiles._rust_notify import RustNotify

    from core.watch.process import WatchEvent
    from core.watch.process_client import Serve

QUICK = Times(settle=0.2, offline_retry=0.1)
LIMIT = "OS file watch limit reached. about [x] (Error { kind: MaxFilesWatch })"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux watches folders one by one")


@dataclass
class FakeLibrary:
    """The roots in a catalog, and the messages for the user."""

    folder: Path
    roots: list[Root] = field(default_factory=list)
    messages: list[str] = field(default_factory=list)

    def add(self, name: str, uuid: str = "") -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        self.roots.append(Root(uuid or name, path))
        return path

    async def find_roots(self) -> list[Root]:
        return list(self.roots)

    async def is_online(self, root: Root) -> bool:
        return root.path.is_dir()

    def watcher(self, times: Times = QUICK, serve: Serve = serve) -> Watcher:
        leave_out = self.folder / "photos" / "library"
        return Watcher(self.find_roots, self.is_online, leave_out, self.messages.append, times, serve)


NextChanges: TypeAlias = "Callable[[], Awaitable[Changes]]"


def watch_processes() -> list[BaseProcess]:
    """Return the processes that watch folders; others may run for other tests."""
    return [child for child in multiprocessing.active_children() if child.name == "semblance-watch"]


@asynccontextmanager
async def running(watcher: Watcher) -> AsyncIterator[NextChanges]:
    async with aclosing(watcher.changes()) as changes:

        async def next_changes() -> Changes:
            return await asyncio.wait_for(anext(changes), HANG_TIMEOUT)

        yield next_changes


async def paths_until(next_changes: NextChanges, *wanted: Path) -> set[Path]:
    """Return the changed paths once all wanted ones are among them."""
    seen: set[Path] = set()
    while not seen.issuperset(wanted):
        changes = await next_changes()
        assert not changes.roots
        seen |= changes.paths
    return seen


@pytest.fixture
def library(tmp_path: Path) -> FakeLibrary:
    return FakeLibrary(tmp_path)


@pytest.fixture
def photos(library: FakeLibrary) -> Path:
    return library.add("photos")


WHOLE_ROOT = Changes(roots=frozenset({"photos"}))


def touch_odd_name(photos: Path) -> None:
    Path(os.fsdecode(os.fsencode(photos) + b"/\xff.jpg")).touch()


def replace_by_copy(photos: Path, drawer: Path) -> None:
    photos.rename(drawer)
    shutil.copytree(drawer, photos)


def edit(photos: Path) -> set[Path]:
    (photos / "old.jpg").write_bytes(b"other")
    return {photos / "old.jpg"}


def add(photos: Path) -> set[Path]:
    (photos / "in" / "new.jpg").write_bytes(b"new")
    return {photos / "in" / "new.jpg"}


def rename(photos: Path) -> set[Path]:
    (photos / "old.jpg").rename(photos / "in" / "renamed.jpg")
    return {photos / "old.jpg", photos / "in" / "renamed.jpg"}


def delete(photos: Path) -> set[Path]:
    (photos / "old.jpg").unlink()
    return {photos / "old.jpg"}


def rename_folder(photos: Path) -> set[Path]:
    (photos / "in").rename(photos / "out")
    return {photos / "in", photos / "out"}


@pytest.mark.parametrize("act", [add, edit, rename, delete, rename_folder])
def test_changes_are_reported_after_the_whole_root(
    library: FakeLibrary, photos: Path, act: Callable[[Path], set[Path]]
) -> None:
    (photos / "in").mkdir()
    (photos / "old.jpg").write_bytes(b"old")

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            assert await next_changes() == WHOLE_ROOT
            changed = act(photos)
            assert await paths_until(next_changes, *changed) == changed

    asyncio.run(main())


def test_reads_and_changes_of_hidden_or_library_files_are_not_reported(library: FakeLibrary, photos: Path) -> None:
    for folder in (".hidden", "library", "in"):
        (photos / folder).mkdir()
    (photos / "a.jpg").write_bytes(b"a")

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            assert (photos / "a.jpg").read_bytes() == b"a"
            for name in (".hidden/b.jpg", "library/catalog", "in/.draft.jpg", ".c.jpg"):
                (photos / name).write_bytes(b"b")
            os.utime(photos / "library")
            (photos / "in" / "d.jpg").write_bytes(b"d")
            assert await paths_until(next_changes, photos / "in" / "d.jpg") == {photos / "in" / "d.jpg"}

    asyncio.run(main())


def test_a_folder_moved_into_a_root_is_reported_as_one_path_and_watched(library: FakeLibrary, photos: Path) -> None:
    (library.folder / "trip" / "day").mkdir(parents=True)
    (library.folder / "trip" / "day" / "a.jpg").write_bytes(b"a")
    trip = photos / "trip"

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            (library.folder / "trip").rename(trip)
            assert trip in await paths_until(next_changes, trip)
            (trip / "day" / "b.jpg").write_bytes(b"b")
            assert await paths_until(next_changes, trip / "day" / "b.jpg") == {trip / "day" / "b.jpg"}

    asyncio.run(main())


def test_the_innermost_of_new_nested_folders_is_watched(library: FakeLibrary, photos: Path) -> None:
    deep = photos.joinpath(*"abcdefgh")

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            deep.mkdir(parents=True)
            assert photos / "a" in await paths_until(next_changes, photos / "a")
            (deep / "z.jpg").write_bytes(b"z")
            assert deep / "z.jpg" in await paths_until(next_changes, deep / "z.jpg")

    asyncio.run(main())


def test_a_burst_of_changes_is_reported_as_the_whole_root(library: FakeLibrary, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=1.5))) as next_changes:
            await next_changes()
            for number in range(3_000):
                (photos / f"{number}.jpg").touch()
            assert await next_changes() == WHOLE_ROOT

    asyncio.run(main())


@linux_only
def test_changes_in_a_linked_folder_are_reported_by_the_path_of_the_link(library: FakeLibrary, photos: Path) -> None:
    elsewhere = library.folder / "elsewhere"
    elsewhere.mkdir()
    (photos / "link").symlink_to(elsewhere)
    (photos / "loop").symlink_to(photos)

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            (elsewhere / "a.jpg").write_bytes(b"a")
            assert await paths_until(next_changes, photos / "link" / "a.jpg") == {photos / "link" / "a.jpg"}

    asyncio.run(main())


@linux_only
def test_a_file_name_that_is_not_utf_8_is_reported_as_the_whole_root(library: FakeLibrary, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            touch_odd_name(photos)
            assert await next_changes() == WHOLE_ROOT
            (photos / "a.jpg").touch()
            assert await paths_until(next_changes, photos / "a.jpg") == {photos / "a.jpg"}

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may read every folder")
def test_an_unreadable_folder_does_not_prevent_watching_the_others(library: FakeLibrary, photos: Path) -> None:
    for name in ("a", "lost+found", "z"):
        (photos / name).mkdir()
    (photos / "lost+found").chmod(0)

    async def main() -> None:
        async with running(library.watcher()) as next_changes:
            await next_changes()
            changed = {photos / "a" / "1.jpg", photos / "z" / "1.jpg"}
            for file in changed:
                file.touch()
            assert await paths_until(next_changes, *changed) == changed

    asyncio.run(main())
    assert not library.messages


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


def test_system_limits_are_distinguished_from_other_errors(tmp_path: Path) -> None:
    def events(error: OSError) -> list[object]:
        def fail(_: list[str]) -> RustNotify:
            raise error

        ours, _theirs = multiprocessing.Pipe()
        return list(FolderWatch(str(tmp_path), "", fail).events(StopSignal(ours)))

    assert events(OSError(LIMIT)) == [Refused("OS file watch limit reached.", "fs.inotify.max_user_watches")]
    assert events(OSError("Too many open files (os error 24)")) == [
        Refused("Too many open files (os error 24)", "fs.inotify.max_user_instances")
    ]
    assert events(OSError(5, "Input/output error")) == [Refused("Input/output error")]
    assert events(FileNotFoundError()) == []


@linux_only
def test_a_folder_created_while_the_watch_starts_is_watched_too(tmp_path: Path) -> None:
    def start_late(folders: list[str]) -> RustNotify:
        (tmp_path / "late").mkdir(exist_ok=True)
        return start_watch(folders)

    ours, _theirs = multiprocessing.Pipe()
    with closing(FolderWatch(str(tmp_path), "", start_late).events(StopSignal(ours))) as events:
        assert next(events) == RescanNeeded()
        assert next(events) == Changed(frozenset({str(tmp_path / "late")}))
        (tmp_path / "late" / "a.jpg").touch()
        assert next(events) == Changed(frozenset({str(tmp_path / "late" / "a.jpg")}))


@pytest.fixture(params=["mounted", "simulated"])
def usb(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drive]:
    """Return a drive whose mount point is in the watched folder, and that is not mounted yet."""
    folder, store = tmp_path / "photos" / "usb", tmp_path / "store"
    folder.mkdir(parents=True)
    if request.param == "simulated":
        drive = SimulatedDrive(folder, store, monkeypatch)
        usual = psutil.disk_partitions()

        def mounted(**_: bool) -> list[object]:
            return [*usual, *([SimpleNamespace(device="usb", mountpoint=str(folder))] if drive.is_connected else [])]

        monkeypatch.setattr(psutil, "disk_partitions", mounted)
        yield drive
        return
    if not may_mount(folder):
        pytest.skip("this user may not mount anything here")
    real = MountedDrive(folder, store)
    yield real
    real.destroy()


def touch_and_wait_until_reported(events: Iterator[WatchEvent], file: Path) -> None:
    file.touch()
    while not (isinstance(item := next(events), Changed) and str(file) in item.paths):
        pass


@linux_only
def test_a_newly_mounted_drive_is_rescanned_and_watched(usb: Drive) -> None:
    ours, theirs = multiprocessing.Pipe()
    photos = usb.folder.parent
    end = threading.Timer(HANG_TIMEOUT, theirs.close)  # otherwise a missing event would block the test forever
    end.daemon = True
    end.start()
    with closing(FolderWatch(str(photos), "").events(StopSignal(ours))) as events:
        assert next(events) == RescanNeeded()
        usb.connect()
        while next(events) != RescanNeeded():
            pass
        touch_and_wait_until_reported(events, usb.folder / "a.jpg")
        usb.disconnect()
        while next(events) != RescanNeeded():
            pass
        touch_and_wait_until_reported(events, photos / "b.jpg")
    end.cancel()


@linux_only
def test_the_old_watch_is_closed_first_if_the_limit_allows_only_one(tmp_path: Path) -> None:
    held: list[RustNotify] = []

    def start_once(folders: list[str]) -> RustNotify:
        if len(held) == 1:
            held.append(held[0])
            raise OSError(LIMIT)
        held.append(start_watch(folders))
        return held[-1]

    ours, _theirs = multiprocessing.Pipe()
    with closing(FolderWatch(str(tmp_path), "", start_once).events(StopSignal(ours))) as events:
        assert next(events) == RescanNeeded()
        (tmp_path / "new").mkdir()
        assert next(events) == RescanNeeded()
        assert next(events) == Changed(frozenset({str(tmp_path / "new")}))
    with pytest.raises(RuntimeError, match="closed"):
        held[0].watch(1, 1, 1, None)
