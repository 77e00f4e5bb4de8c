"""Drives and network shares that are mounted inside a folder of the library, and go away without their photos."""

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
from tests.helpers.folders.mounting import Drive, MountedDrive, ToldDrive, may_mount
from tests.helpers.indexing.bench import Bench, paint, paint_many

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from core.reports import IndexReport, Progress


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    """Return a folder with a photo of its own."""
    paint(tmp_path / "photos" / "own.png", 99)
    return tmp_path / "photos"


@pytest.fixture(params=[MountedDrive, ToldDrive])
def make_drive(
    request: pytest.FixtureRequest, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[[str], Drive]]:
    """Return what makes a drive for a folder in the photos, which is mounted there."""
    with ExitStack() as drives:

        def make(location: str) -> Drive:
            folder, store = (
                Path(os.path.normpath(photos / location)),
                tmp_path / "stores" / location.replace("/", " in "),
            )
            drive: Drive
            if request.param is ToldDrive:
                drive = ToldDrive(folder, store, monkeypatch)
            else:
                drive = MountedDrive(folder, store)
                drives.callback(drive.take_away)
            drive.connect()
            return drive

        if request.param is MountedDrive and not may_mount(photos):
            pytest.skip("this user may not mount anything here")
        yield make


def known(bench: Bench, photos: Path) -> list[Path]:
    return sorted(bench.catalog.known(bench.root(photos), bench.embedder.key))


def look(bench: Bench, photos: Path, *paths: Path) -> IndexReport:
    """Return the report of a run after changes that a watch has told of."""
    return asyncio.run(bench.update([bench.root(photos)], changes=Changes(frozenset(paths))))


def closed(report: IndexReport) -> list[Path]:
    return [failure.path for failure in report.closed]


@pytest.mark.parametrize("leaves_folder", [False, True])
def test_photos_of_a_drive_are_kept_with_their_thumbnails_while_it_is_away(
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


def test_photos_are_gone_that_were_deleted_while_their_drive_was_there_or_beside_one_that_is_away(
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
def test_what_systems_leave_at_a_mount_point_is_nothing(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], left: str
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect()
    (usb.folder / left).mkdir() if left.endswith("/") else (usb.folder / left).touch()

    bench.run(photos)

    assert known(bench, photos) == [photos / "own.png", *files]


def test_mount_point_that_is_used_as_a_folder_is_one(
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


def test_mount_point_is_one_no_longer_where_a_watch_tells_of_photos_beneath_it(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    bench.run(photos)
    usb.disconnect()
    copied = paint(usb.folder / "copied.png", 50)
    assert look(bench, photos, copied).indexed == 1
    copied.unlink()

    assert look(bench, photos, copied).removed == 1


def test_drive_that_is_gone_for_good_is_forgotten_by_a_rule(
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


def test_drive_without_photos_is_not_missed(bench: Bench, photos: Path, make_drive: Callable[[str], Drive]) -> None:
    usb = make_drive("usb")
    bench.run(photos)
    assert bench.catalog.mounts(bench.root(photos)) == {usb.folder}
    usb.disconnect()

    assert bench.run(photos).closed == ()
    assert bench.catalog.mounts(bench.root(photos)) == set()


def test_of_drives_mounted_in_one_another_the_outer_one_is_missed_and_all_photos_are_kept(
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
def test_photos_are_kept_where_a_watch_tells_that_their_drive_went_away(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], changed: str, leaves_folder: bool
) -> None:
    usb = make_drive("media/usb")
    files = paint_many(usb.folder, 2)
    bench.run(photos)
    usb.disconnect(leaves_folder=leaves_folder)

    report = look(bench, photos, photos / changed)

    assert (report.removed, closed(report)) == (0, [usb.folder])
    assert known(bench, photos) == [*files, photos / "own.png"]


@pytest.mark.parametrize("changed", ["usb", "usb/0000.png", "usb/in/a.png"])
def test_drive_that_a_watch_meets_first_is_noted(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], changed: str
) -> None:
    bench.run(photos)
    usb = make_drive("usb")
    files = [*paint_many(usb.folder, 2), paint(usb.folder / "in" / "a.png", 50)]

    look(bench, photos, photos / changed)
    usb.disconnect()
    bench.run(photos)

    assert known(bench, photos) == [photos / "own.png", *files]


def test_changes_on_a_drive_and_beside_one_that_is_away_need_no_walk(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    nas, usb = make_drive("nas"), make_drive("usb")
    paint_many(nas.folder, 2)
    bench.run(photos)
    usb.disconnect()
    new = [paint(nas.folder / "new.png", 50), paint(photos / "new.png", 51)]

    report = look(bench, photos, *new)

    assert (report.found, report.indexed) == (2, 2)


def test_drive_is_noted_before_the_first_of_its_photos_is(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    noted: list[set[Path]] = []

    def note(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and not known(bench, photos):
            noted.append(bench.catalog.mounts(bench.root(photos)))

    bench.run(photos, on_progress=note)

    assert noted[0] == {usb.folder}


@pytest.mark.parametrize(("is_noted", "folders"), [(True, 1), (True, 2), (False, 2)])
def test_drive_that_goes_away_in_the_middle_of_a_walk_is_away(
    photos: Path, make_drive: Callable[[str], Drive], is_noted: bool, folders: int
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    steps = walk(photos, mounts=[usb.folder] if is_noted else [])
    for _ in range(folders):
        next(steps)
    usb.disconnect()

    assert [folder.mounts.away for folder in steps if folder.mounts] == [{usb.folder}]


def test_drive_that_goes_away_while_what_changed_is_looked_at_needs_a_walk(
    photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    changed = paint_many(usb.folder, 2)
    steps = scan_paths(photos, [], NO_RULES, changed, [usb.folder])
    next(steps)
    usb.disconnect()

    with pytest.raises(NeedsWalkError):
        next(steps)


def test_drive_that_comes_back_in_the_middle_of_a_walk_was_away(
    photos: Path, make_drive: Callable[[str], Drive]
) -> None:
    usb = make_drive("usb")
    paint_many(usb.folder, 2)
    usb.disconnect()
    steps = walk(photos, mounts=[usb.folder])
    assert [len(next(steps).photos) for _ in range(2)] == [1, 0]
    usb.connect()

    assert [folder.mounts.away for folder in steps if folder.mounts] == [{usb.folder}]


@pytest.mark.parametrize("is_told", [False, True])
def test_photos_are_kept_whose_drive_goes_away_before_they_are_read(
    bench: Bench, photos: Path, make_drive: Callable[[str], Drive], is_told: bool
) -> None:
    usb = make_drive("usb")
    files = paint_many(usb.folder, 3)
    bench.run(photos)
    paint_many(usb.folder, 3, first_seed=50)

    def pull_out(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and os.path.exists(files[0]):
            usb.disconnect()

    changes = Changes(frozenset(files)) if is_told else None
    report = asyncio.run(bench.update([bench.root(photos)], pull_out, changes))

    assert (report.failed, closed(report)) == ((), [photos])
    assert set(bench.paths()) == {photos / "own.png", *files}
    usb.connect()
    assert (bench.run(photos).indexed, len(bench.paths())) == (3, 4)


def test_drive_that_becomes_a_folder_of_the_library_is_no_longer_one_of_the_folder_around_it(
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


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_link_to_a_drive_is_no_mount_point_and_one_behind_it_is(
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
