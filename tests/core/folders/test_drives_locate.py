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
    """Have some photos of the sample known by the first look at them only."""
    sample = drive.samples[drive.root]
    drive.samples[drive.root] = [replace(photo, size=REREAD) for photo in sample[:count]] + sample[count:]


def test_drive_that_stays_is_here(drive: MovableDrive) -> None:
    assert drive.volumes.locate(drive.samples) == LocatedRoots(online=(drive.root,), moved=())


def test_drive_that_is_away_is_nowhere(drive: MovableDrive) -> None:
    drive.unplug()

    assert drive.volumes.locate(drive.samples) == LocatedRoots(online=(), moved=())


def test_drive_is_found_where_it_comes_back(drive: MovableDrive) -> None:
    drive.unplug()
    drive.plug_in(drive.two)

    moved = replace(drive.root, path=drive.two / "my photos")
    assert drive.volumes.locate(drive.samples) == LocatedRoots(online=(), moved=(moved,))


def test_drive_that_left_its_mount_point_is_found_where_it_comes_back(drive: MovableDrive) -> None:
    drive.unplug()
    drive.root.path.mkdir(parents=True)
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos"]


def test_root_that_is_a_whole_drive_is_found(tmp_path: Path) -> None:
    drive = MovableDrive(tmp_path)
    drive.root = Root("uuid", drive.one)
    drive.samples = {drive.root: sample_of(drive.one)}
    drive.unplug()
    drive.one.mkdir()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two]


def test_another_drive_with_a_folder_of_that_name_is_not_it(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two / "my photos", seed=1)

    assert drive.moved() == ()


def test_the_right_drive_is_found_behind_a_wrong_one(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two / "my photos", seed=1)
    three = drive.two.with_name("THREE")
    drive.plug_in(three)
    drive.mounts.append(three)

    assert [root.path for root in drive.moved()] == [three / "my photos"]


def test_older_copy_of_a_drive_is_not_taken_for_it(drive: MovableDrive) -> None:
    drive.unplug()
    drive.plug_in(drive.two)
    (drive.two / "my photos" / NAMES[-1]).unlink()

    assert drive.moved() == ()


@pytest.mark.parametrize(("changed", "is_found"), [(3, True), (8, False)])
def test_added_folder_may_have_changed_a_little(drive: MovableDrive, changed: int, is_found: bool) -> None:
    drive.unplug()
    put(drive.drawer / "my photos", NAMES[:changed], seed=1)
    drive.plug_in(drive.two)

    assert bool(drive.volumes.recognise(drive.two / "my photos", drive.samples)) is is_found


@pytest.mark.parametrize(("unknown", "is_found"), [(8, True), (9, False)])
def test_root_is_looked_for_where_half_of_the_sizes_are_known(
    drive: MovableDrive, unknown: int, is_found: bool
) -> None:
    forget_sizes(drive, unknown)
    drive.unplug()
    drive.plug_in(drive.two)

    assert bool(drive.moved()) is is_found
    assert drive.volumes.recognise(drive.two / "my photos", drive.samples)


def test_photo_of_unknown_size_is_known_by_its_time(drive: MovableDrive) -> None:
    forget_sizes(drive, 8)
    drive.unplug()
    put(drive.drawer / "my photos", NAMES[:1], seed=1)
    drive.plug_in(drive.two)

    assert drive.moved() == ()


def test_root_without_known_photos_is_not_looked_for(drive: MovableDrive) -> None:
    drive.samples = {drive.root: []}
    drive.unplug()
    drive.plug_in(drive.two)

    assert drive.moved() == ()


def test_empty_folder_of_a_root_without_photos_is_here(tmp_path: Path) -> None:
    root = Root("uuid", tmp_path)

    assert Drives(list).locate({root: []}).online == (root,)


@pytest.mark.parametrize("added", ["my photos", "my photos/2019", "."])
def test_photos_that_another_root_has_are_not_taken_from_it(drive: MovableDrive, added: str) -> None:
    drive.unplug()
    drive.plug_in(drive.two)
    other = Root("other", drive.two / added)
    drive.samples[other] = sample_of(other.path)

    assert drive.volumes.locate(drive.samples) == LocatedRoots(online=(other,), moved=())


def test_two_roots_with_the_same_photos_are_not_both_found_in_one_folder(drive: MovableDrive) -> None:
    copy = Root("copy", drive.drawer.with_name("other computer") / "my photos")
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


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_photos_of_another_root_are_known_behind_a_link_too(drive: MovableDrive) -> None:
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

    found = drive.volumes.recognise(tmp_path / "elsewhere" / "my photos", drive.samples)

    assert found == replace(drive.root, path=tmp_path / "elsewhere" / "my photos")


def test_copy_of_a_root_that_is_here_is_a_folder_of_its_own(drive: MovableDrive) -> None:
    put(drive.two)

    assert drive.volumes.recognise(drive.two, drive.samples) is None


def test_folder_with_other_photos_is_not_recognised(drive: MovableDrive) -> None:
    drive.unplug()
    put(drive.two, seed=1)

    assert drive.volumes.recognise(drive.two, drive.samples) is None


def test_presence_is_told_of_each_root(drive: MovableDrive) -> None:
    gone = Root("gone", drive.two)

    assert drive.volumes.online({drive.root: True, gone: True}) == {drive.root: True, gone: False}


def test_drives_that_cannot_be_listed_are_not_waited_for(drive: MovableDrive) -> None:
    is_over = Event()

    def hang() -> list[Path]:
        is_over.wait()
        return drive.mounts

    drive.unplug()
    drive.plug_in(drive.two)

    assert Drives(hang, timeout=0.1).locate(drive.samples).moved == ()
    is_over.set()


def test_root_inside_one_that_comes_back_elsewhere_is_found_with_it(drive: MovableDrive) -> None:
    inner = Root("inner", drive.root.path / "2020")
    drive.samples[inner] = sample_of(inner.path)
    drive.unplug()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos", drive.two / "my photos" / "2020"]


def test_root_inside_another_is_found_elsewhere_inside_it(drive: MovableDrive) -> None:
    outer = Root("outer", drive.one.parent)
    put(outer.path, ["a.jpg"], seed=3)
    drive.samples[outer] = [sample_of(outer.path)[-1]]
    drive.unplug()
    drive.plug_in(drive.two)

    assert [root.path for root in drive.moved()] == [drive.two / "my photos"]
