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
from tests.helpers.folders.mounting import Drive, MountedDrive, ToldDrive, may_mount
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
    from multiprocessing.connection import Connection
    from multiprocessing.process import BaseProcess

    from watchfiles._rust_notify import RustNotify

    from core.watch.process import WatchEvent
    from core.watch.process_client import Serve

QUICK = Times(settle=0.2, offline_retry=0.1)
LIMIT = "OS file watch limit reached. about [x] (Error { kind: MaxFilesWatch })"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only there each folder has a watch of its own")


@dataclass
class LibraryFiles:
    """Roots as the catalog knows them, and what the user was told."""

    folder: Path
    roots: list[Root] = field(default_factory=list)
    sentences: list[str] = field(default_factory=list)

    def add(self, name: str, uuid: str = "") -> Path:
        path = self.folder / name
        path.mkdir(exist_ok=True)
        self.roots.append(Root(uuid or name, path))
        return path

    async def find(self) -> list[Root]:
        return list(self.roots)

    async def is_there(self, root: Root) -> bool:
        return root.path.is_dir()

    def watcher(self, times: Times = QUICK, serve: Serve = serve) -> Watcher:
        leave_out = self.folder / "photos" / "library"
        return Watcher(self.find, self.is_there, leave_out, self.sentences.append, times, serve)


Next: TypeAlias = "Callable[[], Awaitable[Changes]]"


def watch_processes() -> list[BaseProcess]:
    """Return the processes that watch folders; others may run for other tests."""
    return [child for child in multiprocessing.active_children() if child.name == "semblance-watch"]


@asynccontextmanager
async def running(watcher: Watcher) -> AsyncIterator[Next]:
    async with aclosing(watcher.changes()) as changes:

        async def following() -> Changes:
            return await asyncio.wait_for(anext(changes), HANGING)

        yield following


async def paths_until(following: Next, *wanted: Path) -> set[Path]:
    """Return the changed paths, as soon as all that are wanted are among them."""
    seen: set[Path] = set()
    while not seen.issuperset(wanted):
        changes = await following()
        assert not changes.roots
        seen |= changes.paths
    return seen


@pytest.fixture
def library(tmp_path: Path) -> LibraryFiles:
    return LibraryFiles(tmp_path)


@pytest.fixture
def photos(library: LibraryFiles) -> Path:
    return library.add("photos")


WHOLE = Changes(roots=frozenset({"photos"}))


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
def test_what_people_do_is_told_after_the_whole_root(
    library: LibraryFiles, photos: Path, act: Callable[[Path], set[Path]]
) -> None:
    (photos / "in").mkdir()
    (photos / "old.jpg").write_bytes(b"old")

    async def main() -> None:
        async with running(library.watcher()) as following:
            assert await following() == WHOLE
            changed = act(photos)
            assert await paths_until(following, *changed) == changed

    asyncio.run(main())


def test_reading_photos_is_no_change_and_what_is_hidden_or_in_the_library_is_of_no_interest(
    library: LibraryFiles, photos: Path
) -> None:
    for folder in (".hidden", "library", "in"):
        (photos / folder).mkdir()
    (photos / "a.jpg").write_bytes(b"a")

    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            assert (photos / "a.jpg").read_bytes() == b"a"
            for name in (".hidden/b.jpg", "library/catalog", "in/.draft.jpg", ".c.jpg"):
                (photos / name).write_bytes(b"b")
            os.utime(photos / "library")
            (photos / "in" / "d.jpg").write_bytes(b"d")
            assert await paths_until(following, photos / "in" / "d.jpg") == {photos / "in" / "d.jpg"}

    asyncio.run(main())


def test_a_folder_moved_in_is_told_as_one_and_watched_from_then_on(library: LibraryFiles, photos: Path) -> None:
    (library.folder / "trip" / "day").mkdir(parents=True)
    (library.folder / "trip" / "day" / "a.jpg").write_bytes(b"a")
    trip = photos / "trip"

    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            (library.folder / "trip").rename(trip)
            assert trip in await paths_until(following, trip)
            (trip / "day" / "b.jpg").write_bytes(b"b")
            assert await paths_until(following, trip / "day" / "b.jpg") == {trip / "day" / "b.jpg"}

    asyncio.run(main())


def test_folders_made_one_in_another_are_watched_to_the_last(library: LibraryFiles, photos: Path) -> None:
    deep = photos.joinpath(*"abcdefgh")

    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            deep.mkdir(parents=True)
            assert photos / "a" in await paths_until(following, photos / "a")
            (deep / "z.jpg").write_bytes(b"z")
            assert deep / "z.jpg" in await paths_until(following, deep / "z.jpg")

    asyncio.run(main())


def test_a_burst_is_told_as_the_whole_root(library: LibraryFiles, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=1.5))) as following:
            await following()
            for number in range(3_000):
                (photos / f"{number}.jpg").touch()
            assert await following() == WHOLE

    asyncio.run(main())


@linux_only
def test_a_linked_folder_is_watched_by_the_path_of_its_link(library: LibraryFiles, photos: Path) -> None:
    elsewhere = library.folder / "elsewhere"
    elsewhere.mkdir()
    (photos / "link").symlink_to(elsewhere)
    (photos / "loop").symlink_to(photos)

    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            (elsewhere / "a.jpg").write_bytes(b"a")
            assert await paths_until(following, photos / "link" / "a.jpg") == {photos / "link" / "a.jpg"}

    asyncio.run(main())


@linux_only
def test_a_name_that_is_not_utf_8_is_told_as_the_whole_root(library: LibraryFiles, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            touch_odd_name(photos)
            assert await following() == WHOLE
            (photos / "a.jpg").touch()
            assert await paths_until(following, photos / "a.jpg") == {photos / "a.jpg"}

    asyncio.run(main())


@pytest.mark.skipif(sys.platform == "win32" or os.geteuid() == 0, reason="this user may read every folder")
def test_a_folder_that_may_not_be_read_keeps_none_of_the_others_from_being_watched(
    library: LibraryFiles, photos: Path
) -> None:
    for name in ("a", "lost+found", "z"):
        (photos / name).mkdir()
    (photos / "lost+found").chmod(0)

    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            changed = {photos / "a" / "1.jpg", photos / "z" / "1.jpg"}
            for file in changed:
                file.touch()
            assert await paths_until(following, *changed) == changed

    asyncio.run(main())
    assert not library.sentences


def test_a_root_that_is_away_is_watched_when_it_comes_and_its_photos_are_not_deleted_when_it_goes(
    library: LibraryFiles, photos: Path
) -> None:
    drawer = library.folder / "drawer"
    other = library.add("other")
    (photos / "a.jpg").touch()
    photos.rename(drawer)

    async def main() -> None:
        async with running(library.watcher()) as following:
            assert await following() == Changes(roots=frozenset({"other"}))
            drawer.rename(photos)
            assert await following() == WHOLE
            replace_by_copy(photos, drawer)  # the same to look at, but not what is watched
            assert await following() == WHOLE
            (photos / "b.jpg").touch()
            assert await paths_until(following, photos / "b.jpg") == {photos / "b.jpg"}
            shutil.rmtree(photos)
            (other / "b.jpg").touch()
            assert await paths_until(following, other / "b.jpg") == {other / "b.jpg"}
            drawer.rename(photos)
            assert await following() == WHOLE
            (photos / "c.jpg").touch()
            assert await paths_until(following, photos / "c.jpg") == {photos / "c.jpg"}

    asyncio.run(main())
    assert not library.sentences


def test_roots_added_removed_and_found_elsewhere_are_followed(library: LibraryFiles, photos: Path) -> None:
    async def main() -> None:
        watcher = library.watcher()
        async with running(watcher) as following:
            assert await following() == WHOLE
            library.add("second")
            watcher.refresh_roots()
            assert await following() == Changes(roots=frozenset({"second"}))
            library.roots.pop(0)
            moved = library.add("moved", "photos")
            watcher.refresh_roots()
            assert await following() == WHOLE
            (photos / "a.jpg").touch()
            (moved / "b.jpg").touch()
            assert await paths_until(following, moved / "b.jpg") == {moved / "b.jpg"}

    asyncio.run(main())


def refuse(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(Refused("no room", "fs.inotify.max_user_watches"))


def chatter(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(RescanNeeded())
    while not pipe.poll(0.05):
        pipe.send(Changed(frozenset({os.path.join(path, "growing.jpg")})))


def two_at_once(path: str, leave_out: str, pipe: Connection) -> None:
    for name in "ab":
        pipe.send(Changed(frozenset({os.path.join(path, name)})))
    pipe.poll(None)


def say_nothing(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.poll(None)


def hang(path: str, leave_out: str, pipe: Connection) -> None:
    pipe.send(RescanNeeded())
    threading.Event().wait()


def test_what_was_collected_of_a_removed_root_is_dropped(library: LibraryFiles, photos: Path) -> None:
    library.add("second")

    async def main() -> None:
        def remove(sentence: str) -> None:
            if str(photos) in sentence:
                library.roots.pop(0)
                watcher.refresh_roots()

        watcher = Watcher(library.find, library.is_there, library.folder, remove, Times(settle=0.5), refuse)
        async with running(watcher) as following:
            assert await following() == Changes(roots=frozenset({"second"}))

    asyncio.run(main())


def test_changes_of_a_moment_are_told_together(library: LibraryFiles, photos: Path) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=1.0), two_at_once)) as following:
            assert await following() == Changes(frozenset({photos / "a", photos / "b"}))

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
def test_a_constant_stream_is_told_now_and_then(library: LibraryFiles) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=60.0, max_delay=0.5), chatter)) as following:
            assert await following() == WHOLE
            (path,) = (await following()).paths
            assert path.name == "growing.jpg"

    asyncio.run(main())


def test_a_root_that_cannot_be_watched_is_looked_through_now_and_then_and_the_user_told_once(
    library: LibraryFiles, photos: Path
) -> None:
    async def main() -> None:
        async with running(
            library.watcher(Times(settle=0.1, offline_retry=0.1, unwatched_rescan=1.8), refuse)
        ) as following:
            began = asyncio.get_running_loop().time()
            assert await following() == WHOLE
            assert await following() == WHOLE
            assert asyncio.get_running_loop().time() - began > 1.7

    asyncio.run(main())
    (sentence,) = library.sentences
    assert str(photos) in sentence
    assert "every 0.03 minutes" in sentence
    assert "fs.inotify.max_user_watches" in sentence


@pytest.mark.usefixtures("photos")
def test_every_root_is_looked_through_now_and_then(library: LibraryFiles) -> None:
    async def main() -> None:
        async with running(library.watcher(Times(settle=0.1, offline_retry=0.1, full_rescan=2.0))) as following:
            assert [await following() for _ in range(2)] == [WHOLE] * 2

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
def test_a_watch_whose_process_dies_begins_anew(library: LibraryFiles) -> None:
    async def main() -> None:
        async with running(library.watcher()) as following:
            await following()
            (process,) = watch_processes()
            process.kill()
            assert await following() == WHOLE

    asyncio.run(main())


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("work", [serve, hang])
def test_closing_ends_all_threads_and_processes(
    library: LibraryFiles, work: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process_client, "STOP_SECONDS", HANGING)  # a process that has to be killed is not waited for
    before = set(threading.enumerate())
    library.add("second")

    async def main() -> None:
        async with running(library.watcher(serve=work)) as following:
            await following()
            assert set(threading.enumerate()) > before

    asyncio.run(main())
    assert set(threading.enumerate()) == before
    assert watch_processes() == []


@pytest.mark.usefixtures("photos")
@pytest.mark.parametrize("seconds", [0.02, 0.5])
def test_giving_up_before_anything_is_watched_ends_everything(library: LibraryFiles, seconds: float) -> None:
    before = set(threading.enumerate())

    async def main() -> None:
        changes = library.watcher(serve=say_nothing).changes()
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(anext(changes), seconds)

    asyncio.run(main())
    assert set(threading.enumerate()) == before
    assert watch_processes() == []


@pytest.mark.usefixtures("photos")
def test_what_the_engine_raises_reaches_whoever_listens(library: LibraryFiles) -> None:
    async def fail(_: Root) -> bool:
        raise LibraryError("The catalog is gone.")

    async def main() -> None:
        watcher = Watcher(library.find, fail, library.folder, library.sentences.append)
        async with running(watcher) as following:
            with pytest.raises(LibraryError, match="gone"):
                await following()

    asyncio.run(main())


def test_the_system_limit_is_told_apart_from_other_trouble(tmp_path: Path) -> None:
    def news(error: OSError) -> list[object]:
        def fail(_: list[str]) -> RustNotify:
            raise error

        ours, _theirs = multiprocessing.Pipe()
        return list(FolderWatch(str(tmp_path), "", fail).events(StopSignal(ours)))

    assert news(OSError(LIMIT)) == [Refused("OS file watch limit reached.", "fs.inotify.max_user_watches")]
    assert news(OSError("Too many open files (os error 24)")) == [
        Refused("Too many open files (os error 24)", "fs.inotify.max_user_instances")
    ]
    assert news(OSError(5, "Input/output error")) == [Refused("Input/output error")]
    assert news(FileNotFoundError()) == []


@linux_only
def test_a_folder_made_while_the_watch_begins_is_watched_too(tmp_path: Path) -> None:
    def arm_late(folders: list[str]) -> RustNotify:
        (tmp_path / "late").mkdir(exist_ok=True)
        return start_watch(folders)

    ours, _theirs = multiprocessing.Pipe()
    with closing(FolderWatch(str(tmp_path), "", arm_late).events(StopSignal(ours))) as news:
        assert next(news) == RescanNeeded()
        assert next(news) == Changed(frozenset({str(tmp_path / "late")}))
        (tmp_path / "late" / "a.jpg").touch()
        assert next(news) == Changed(frozenset({str(tmp_path / "late" / "a.jpg")}))


@pytest.fixture(params=["mounted", "told"])
def usb(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Drive]:
    """Return a drive that is not mounted yet, in the folder that is watched."""
    folder, store = tmp_path / "photos" / "usb", tmp_path / "store"
    folder.mkdir(parents=True)
    if request.param == "told":
        drive = ToldDrive(folder, store, monkeypatch)
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
    real.take_away()


def touch_until_told(news: Iterator[WatchEvent], file: Path) -> None:
    file.touch()
    while not (isinstance(item := next(news), Changed) and str(file) in item.paths):
        pass


@linux_only
def test_a_drive_that_comes_is_watched_and_what_is_on_it_looked_at(usb: Drive) -> None:
    ours, theirs = multiprocessing.Pipe()
    photos = usb.folder.parent
    end = threading.Timer(HANGING, theirs.close)  # or it would wait for ever for what it is not told
    end.daemon = True
    end.start()
    with closing(FolderWatch(str(photos), "").events(StopSignal(ours))) as news:
        assert next(news) == RescanNeeded()
        usb.connect()
        while next(news) != RescanNeeded():
            pass
        touch_until_told(news, usb.folder / "a.jpg")
        usb.disconnect()
        while next(news) != RescanNeeded():
            pass
        touch_until_told(news, photos / "b.jpg")
    end.cancel()


@linux_only
def test_a_watch_that_cannot_be_had_twice_is_had_one_after_the_other(tmp_path: Path) -> None:
    held: list[RustNotify] = []

    def arm_once(folders: list[str]) -> RustNotify:
        if len(held) == 1:
            held.append(held[0])
            raise OSError(LIMIT)
        held.append(start_watch(folders))
        return held[-1]

    ours, _theirs = multiprocessing.Pipe()
    with closing(FolderWatch(str(tmp_path), "", arm_once).events(StopSignal(ours))) as news:
        assert next(news) == RescanNeeded()
        (tmp_path / "new").mkdir()
        assert next(news) == RescanNeeded()
        assert next(news) == Changed(frozenset({str(tmp_path / "new")}))
    with pytest.raises(RuntimeError, match="closed"):
        held[0].watch(1, 1, 1, None)
