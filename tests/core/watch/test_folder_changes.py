"""Which changes on disk are reported, also in new folders and on drives that are mounted later."""

from __future__ import annotations

import asyncio
import multiprocessing
import os
import sys
import threading
from contextlib import closing
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import psutil
import pytest

from core.watch.process import Changed, FolderWatch, Refused, RescanNeeded, StopSignal, start_watch
from core.watch.watcher import Times
from tests.helpers.folders.mounting import Drive, MountedDrive, SimulatedDrive, may_mount
from tests.helpers.folders.watched_library import WHOLE_ROOT, FakeLibrary, paths_until, running
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from watchfiles._rust_notify import RustNotify

    from core.watch.process import WatchEvent

LIMIT = "OS file watch limit reached. about [x] (Error { kind: MaxFilesWatch })"
linux_only = pytest.mark.skipif(sys.platform != "linux", reason="only Linux watches folders one by one")


def touch_odd_name(photos: Path) -> None:
    Path(os.fsdecode(os.fsencode(photos) + b"/\xff.jpg")).touch()


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
