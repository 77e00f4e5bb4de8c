from __future__ import annotations

import os
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from core.catalog.photos import REREAD
from core.folders.drives import Drives, LocatedRoots
from core.types import Root
from tests.helpers.folders.movable_drive import NAMES, MovableDrive, put, sample_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def drive(tmp_path: Path) -> MovableDrive:
    return MovableDrive(tmp_path)


def forget_sizes(drive: MovableDrive, count: int) -> None:
    """Make the sizes of the first photos of the sample unknown, as for photos that will be reread."""
    sample = drive.samples[drive.root]
    drive.samples[drive.root] = [replace(photo, size=REREAD) for photo in sample[:count]] + sample[count:]


def test_root_on_a_connected_drive_is_online(drive: MovableDrive) -> None:
    assert drive.drives.locate(drive.samples) == LocatedRoots(online=(drive.root,), moved=())


def test_root_on_an_unplugged_drive_is_not_found(drive: MovableDrive) -> None:
    drive.unplug()

    assert drive.drives.locate(drive.samples) == LocatedRoots(online=(), moved=())


def test_root_is_found_at_the_new_mount_point_of_its_drive(drive: MovableDrive) -> None:
    drive.unplug()
    drive.plug_in(drive.two)

    moved = replace(drive.root, path=drive.two / "my photos")
    assert drive.drives.locate(drive.samples) == LocatedRoots(online=(), moved=(moved,))


def test_root_is_found_although_an_empty_folder_is_left_at_its_old_path(drive: MovableDrive) -> None:
    drive.unplug()
    drive.root.path.mkdir(parents=True)
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos"]


def test_root_that_is_a_complete_drive_is_found(tmp_path: Path) -> None:
    drive = MovableDrive(tmp_path)
    drive.root = Root("uuid", drive.one)
    drive.samples = {drive.root: sample_of(drive.one)}
    drive.unplug()
    drive.one.mkdir()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two]


def test_folder_of_the_same_name_with_other_photos_is_not_taken_for_the_root(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two / "my photos", seed=1)

    assert drive.moved() == ()


def test_search_continues_after_a_drive_with_other_photos(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two / "my photos", seed=1)
    three = drive.two.with_name("THREE")
    drive.plug_in(three)
    drive.mounts.append(three)

    assert [root.path for root in drive.moved()] == [three / "my photos"]


def test_older_copy_of_a_drive_is_not_taken_for_the_drive(drive: MovableDrive) -> None:
    drive.unplug()
    drive.plug_in(drive.two)
    (drive.two / "my photos" / NAMES[-1]).unlink()

    assert drive.moved() == ()


@pytest.mark.parametrize(("changed", "is_found"), [(3, True), (8, False)])
def test_added_folder_is_recognised_if_few_of_its_photos_changed(
    drive: MovableDrive, changed: int, is_found: bool
) -> None:
    drive.unplug()
    put(drive.unplugged / "my photos", NAMES[:changed], seed=1)
    drive.plug_in(drive.two)

    assert bool(drive.drives.recognise(drive.two / "my photos", drive.samples)) is is_found


@pytest.mark.parametrize(("unknown", "is_found"), [(8, True), (9, False)])
def test_root_is_searched_for_if_at_least_half_of_the_sizes_are_known(
    drive: MovableDrive, unknown: int, is_found: bool
) -> None:
    forget_sizes(drive, unknown)
    drive.unplug()
    drive.plug_in(drive.two)

    assert bool(drive.moved()) is is_found
    assert drive.drives.recognise(drive.two / "my photos", drive.samples)


def test_photo_of_unknown_size_must_have_the_same_time(drive: MovableDrive) -> None:
    forget_sizes(drive, 8)
    drive.unplug()
    put(drive.unplugged / "my photos", NAMES[:1], seed=1)
    drive.plug_in(drive.two)

    assert drive.moved() == ()


def test_root_without_photos_is_not_searched_for(drive: MovableDrive) -> None:
    drive.samples = {drive.root: []}
    drive.unplug()
    drive.plug_in(drive.two)

    assert drive.moved() == ()


def test_root_without_photos_is_online_in_an_empty_folder(tmp_path: Path) -> None:
    root = Root("uuid", tmp_path)

    assert Drives(list).locate({root: []}).online == (root,)


@pytest.mark.parametrize("added", ["my photos", "my photos/2019", "."])
def test_photos_of_an_online_root_are_not_taken_for_another_root(drive: MovableDrive, added: str) -> None:
    drive.unplug()
    drive.plug_in(drive.two)
    other = Root("other", drive.two / added)
    drive.samples[other] = sample_of(other.path)

    assert drive.drives.locate(drive.samples) == LocatedRoots(online=(other,), moved=())


def test_two_roots_with_the_same_photos_are_not_both_found_in_one_folder(drive: MovableDrive) -> None:
    copy = Root("copy", drive.unplugged.with_name("other computer") / "my photos")
    drive.samples[copy] = drive.samples[drive.root]
    drive.unplug()
    drive.plug_in(drive.two)

    assert drive.moved() == (replace(drive.root, path=drive.two / "my photos"),)


def test_all_roots_of_a_drive_are_found(drive: MovableDrive) -> None:
    second = Root("second", drive.one / "scans" / "old")
    put(second.path, seed=2)
    drive.samples[second] = sample_of(second.path)
    drive.unplug()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos", drive.two / "scans" / "old"]


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")
def test_photos_of_an_online_root_are_detected_behind_a_link(drive: MovableDrive) -> None:
    drive.unplug()
    drive.plug_in(drive.two)
    link = drive.two.with_name("link")
    link.symlink_to(drive.two)
    other = Root("other", link / "my photos")
    drive.samples[other] = sample_of(other.path)

    assert drive.moved() == ()


def test_added_folder_is_recognised_by_its_photos(drive: MovableDrive, tmp_path: Path) -> None:
    drive.unplug()
    drive.plug_in(tmp_path / "elsewhere")

    found = drive.drives.recognise(tmp_path / "elsewhere" / "my photos", drive.samples)

    assert found == replace(drive.root, path=tmp_path / "elsewhere" / "my photos")


def test_copy_of_an_online_root_is_not_recognised_as_that_root(drive: MovableDrive) -> None:
    put(drive.two)

    assert drive.drives.recognise(drive.two, drive.samples) is None


def test_folder_with_other_photos_is_not_recognised(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two, seed=1)

    assert drive.drives.recognise(drive.two, drive.samples) is None


def test_each_root_is_reported_as_online_or_offline(drive: MovableDrive) -> None:
    gone = Root("gone", drive.two)

    assert drive.drives.online({drive.root: True, gone: True}) == {drive.root: True, gone: False}


def test_listing_drives_times_out(drive: MovableDrive) -> None:
    is_over = Event()

    def hang() -> list[Path]:
        is_over.wait()
        return drive.mounts

    drive.unplug()
    drive.plug_in(drive.two)

    assert Drives(hang, timeout=0.1).locate(drive.samples).moved == ()
    is_over.set()


def test_nested_root_is_found_inside_the_moved_outer_root(drive: MovableDrive) -> None:
    inner = Root("inner", drive.root.path / "2020")
    drive.samples[inner] = sample_of(inner.path)
    drive.unplug()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos", drive.two / "my photos" / "2020"]


def test_nested_root_is_found_at_another_path_inside_the_outer_root(drive: MovableDrive) -> None:
    outer = Root("outer", drive.one.parent)
    put(outer.path, ["a.jpg"], seed=3)
    drive.samples[outer] = [sample_of(outer.path)[-1]]
    drive.unplug()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos"]
