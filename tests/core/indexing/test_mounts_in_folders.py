"""Drives and network shares that are mounted inside a root. Their photos are kept while they are offline."""

from __future__ import annotations

import asyncio
import os
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.folders.registry import set_rules
from core.images.thumbnail import Thumbnail, ThumbnailFiles
from core.indexing.plan import NOT_CONNECTED
from core.reports import Stage
from core.scan.walk import NO_RULES, NeedsWalkError, scan_paths, walk
from core.types import Changes, Failure, Rules
from tests.helpers.folders.mounting import Drive, MountedDrive, SimulatedDrive, may_mount
from tests.helpers.indexing.bench import Bench, paint, paint_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.reports import IndexReport, Progress


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with one photo that is not on a drive."""
    paint(tmp_path / "photos" / "own.png", 99)
    return tmp_path / "photos"


@pytest.fixture(params=[MountedDrive, SimulatedDrive])
def make_drive(
    request: pytest.FixtureRequest, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Drive]]:
    """Return a function that mounts a new drive at a location in the photo folder."""
    with ExitStack() as drives:

        def make(location: str) -> Drive:
            folder, store = (
                Path(os.path.normpath(photos / location)),
                tmp_path / "stores" / location.replace("/", " in "),
            )
            drive: Drive
            if request.param is SimulatedDrive:
                drive = SimulatedDrive(folder, store, monkeypatch)
            else:
                drive = MountedDrive(folder, store)
                drives.callback(drive.destroy)
            drive.connect()
            return drive

        if request.param is MountedDrive and not may_mount(photos):
            pytest.skip("this user cannot mount anything here")
        yield make


def known(bench: Bench, photos: Path) -> list[Path]:
    return sorted(bench.catalog.known(bench.root(photos), bench.embedder.key))


def scan_changes(bench: Bench, photos: Path, *paths: Path) -> IndexReport:
    """Return the report of a run that scans only these changed paths."""
    return asyncio.run(bench.update([bench.root(photos)], changes=Changes(frozenset(paths))))


def closed(report: IndexReport) -> list[Path]:
    return [failure.path for failure in report.closed]


@pytest.mark.parametrize("leaves_folder", [False, True])
def test_photos_and_thumbnails_of_an_offline_drive_are_kept(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], leaves_folder: bool
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder / "2020", 3)
    bench.run(photos)
    thumbnails = ThumbnailFiles(bench.folder / "thumbnails")
    for file in files:
        thumbnails.write(file, Thumbnail(b"picture", 192, b"state"))
    usb.disconnect(leaves_folder=leaves_folder)

    for _ in range(2):
        report = bench.run(photos)
        assert (report.found, report.removed, report.closed) == (1, 0, (Failure(usb.folder, NOT_CONNECTED),))
    assert set(bench.paths()) == {photos / "own.png", *files}
    assert all(map(thumbnails.read, files))

    usb.connect()
    report = bench.run(photos)
    assert (report.found, report.unchanged, report.closed) == (4, 4, ())


def test_deleted_photos_are_removed_while_another_drive_is_offline(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    nas, usb = make_drive("nas"), make_drive("usb")
    (kept,), (deleted,) = paint_many(nas.folder, 1), paint_many(usb.folder, 1, first_seed=10)
    bench.run(photos)
    deleted.unlink()
    (photos / "own.png").unlink()
    nas.disconnect()

    report = bench.run(photos)

    assert (report.removed, closed(report)) == (2, [nas.folder])
    assert known(bench, photos) == [kept]


@pytest.mark.parametrize("left", ["$RECYCLE.BIN/", "lost+found/", "desktop.ini", ".Trash-1000/"])
def test_system_files_at_a_mount_point_do_not_count_as_content(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], left: str
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect()
    (usb.folder / left).mkdir() if left.endswith("/") else (usb.folder / left).touch()

    bench.run(photos)

    assert known(bench, photos) == [photos / "own.png", *files]


def test_unmounted_folder_with_new_photos_counts_as_an_ordinary_folder(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect()
    bench.run(photos)
    copied = paint(usb.folder / "copied.png", 50)

    report = bench.run(photos)

    assert (report.indexed, report.removed, report.closed) == (1, 2, ())
    assert known(bench, photos) == [photos / "own.png", copied]
    copied.unlink()
    assert bench.run(photos).removed == 1


def test_unmounted_folder_with_a_reported_photo_counts_as_an_ordinary_folder(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    bench.run(photos)
    usb.disconnect()
    copied = paint(usb.folder / "copied.png", 50)
    assert scan_changes(bench, photos, copied).indexed == 1
    copied.unlink()

    assert scan_changes(bench, photos, copied).removed == 1


def test_exclude_rule_removes_the_photos_of_an_offline_drive(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("media/usb")
    paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect(leaves_folder=False)
    bench.run(photos)
    set_rules(bench.catalog, photos, Rules("/media/"))

    report = bench.run(photos)

    assert (report.removed, report.closed) == (2, ())


def test_offline_drive_without_photos_is_not_reported(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    bench.run(photos)
    assert bench.catalog.mounts(bench.root(photos)) == {usb.folder}
    usb.disconnect()

    assert bench.run(photos).closed == ()
    assert bench.catalog.mounts(bench.root(photos)) == set()


def test_nested_offline_drives_keep_their_photos_and_only_the_outer_one_is_reported(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    nas = make_drive("nas")
    usb = make_drive("nas/in/usb")
    files = [*paint_many(nas.folder, 1), *paint_many(usb.folder, 1, first_seed=10)]
    bench.run(photos)

    usb.disconnect()
    assert closed(bench.run(photos)) == [usb.folder]
    nas.disconnect()
    assert closed(bench.run(photos)) == [nas.folder]

    assert known(bench, photos) == sorted([photos / "own.png", *files])
    nas.connect()
    assert closed(bench.run(photos)) == [usb.folder]


@pytest.mark.parametrize("changed", ["media/usb", "media", "media/usb/0000.png", "media/usb/2020"])
@pytest.mark.parametrize("leaves_folder", [False, True])
def test_photos_are_kept_if_changes_are_reported_on_their_offline_drive(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], changed: str, leaves_folder: bool
) -> None:
    usb = make_drive("media/usb")
    files = paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect(leaves_folder=leaves_folder)

    report = scan_changes(bench, photos, photos / changed)

    assert (report.removed, closed(report)) == (0, [usb.folder])
    assert known(bench, photos) == [*files, photos / "own.png"]


@pytest.mark.parametrize("changed", ["usb", "usb/0000.png", "usb/in/a.png"])
def test_drive_found_through_reported_changes_is_recorded(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], changed: str
) -> None:
    bench.run(photos)
    usb = make_drive("usb")
    files = [*paint_many(usb.folder, 2), paint(usb.folder / "in" / "a.png", 50)]

    scan_changes(bench, photos, photos / changed)
    usb.disconnect()
    bench.run(photos)

    assert known(bench, photos) == [photos / "own.png", *files]


def test_changes_outside_an_offline_drive_need_no_walk(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    nas, usb = make_drive("nas"), make_drive("usb")
    paint_many(nas.folder, 2)
    bench.run(photos)
    usb.disconnect()
    new = [paint(nas.folder / "new.png", 50), paint(photos / "new.png", 51)]

    report = scan_changes(bench, photos, *new)

    assert (report.found, report.indexed) == (2, 2)


def test_drive_is_recorded_before_its_first_photo(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    recorded: list[set[Path]] = []

    def record(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and not known(bench, photos):
            recorded.append(bench.catalog.mounts(bench.root(photos)))

    bench.run(photos, on_progress=record)

    assert recorded[0] == {usb.folder}


@pytest.mark.parametrize(("is_recorded", "folders"), [(True, 1), (True, 2), (False, 2)])
def test_drive_disconnected_during_a_walk_counts_as_offline(
    photos: Path, make_drive: Callable[[str], Drive], is_recorded: bool, folders: int
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    steps = walk(photos, mounts=[usb.folder] if is_recorded else [])
    for _ in range(folders):
        next(steps)
    usb.disconnect()

    assert [folder.mounts.offline for folder in steps if folder.mounts] == [{usb.folder}]


def test_drive_disconnected_during_a_scan_of_changes_needs_a_walk(
    photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    changed = paint_many(usb.folder, 2)
    steps = scan_paths(photos, [], NO_RULES, changed, [usb.folder])
    next(steps)
    usb.disconnect()

    with pytest.raises(NeedsWalkError):
        next(steps)


def test_drive_reconnected_during_a_walk_counts_as_offline(photos: Path, make_drive: Callable[[str], Drive]) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    usb.disconnect()
    steps = walk(photos, mounts=[usb.folder])
    assert [len(next(steps).photos) for _ in range(2)] == [1, 0]
    usb.connect()

    assert [folder.mounts.offline for folder in steps if folder.mounts] == [{usb.folder}]


@pytest.mark.parametrize("is_reported", [False, True])
def test_photos_are_kept_if_their_drive_is_disconnected_before_they_are_read(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], is_reported: bool
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder, 3)
    bench.run(photos)
    paint_many(usb.folder, 3, first_seed=50)

    def disconnect(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and os.path.exists(files[0]):
            usb.disconnect()

    changes = Changes(frozenset(files)) if is_reported else None
    report = asyncio.run(bench.update([bench.root(photos)], disconnect, changes))

    assert (report.failed, closed(report)) == ((), [photos])
    assert set(bench.paths()) == {photos / "own.png", *files}
    usb.connect()
    assert (bench.run(photos).indexed, len(bench.paths())) == (3, 4)


def test_drive_added_as_a_root_no_longer_belongs_to_the_root_around_it(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder, 2)
    bench.run(photos)

    report = bench.run(photos, usb.folder)
    assert (report.moved, report.closed) == (2, ())
    usb.disconnect()
    report = bench.run(photos)

    assert (report.removed, report.closed) == (0, ())
    assert (known(bench, photos), known(bench, usb.folder)) == ([photos / "own.png"], files)


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a special privilege on Windows")
def test_link_to_a_drive_is_not_a_mount_point_but_a_drive_below_it_is(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    drive, usb = make_drive("../elsewhere"), make_drive("../elsewhere/usb")
    paint_many(drive.folder, 1)
    kept = paint(usb.folder / "a.png", 50)
    (photos / "link").symlink_to(drive.folder)
    bench.run(photos)
    assert bench.catalog.mounts(bench.root(photos)) == {photos / "link" / "usb"}

    usb.disconnect()
    (photos / "link" / "0000.png").unlink()
    report = bench.run(photos)

    assert (report.removed, closed(report)) == (1, [photos / "link" / "usb"])
    assert photos / "link" / "usb" / kept.name in known(bench, photos)
