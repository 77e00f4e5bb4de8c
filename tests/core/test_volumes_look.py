from __future__ import annotations

import os
from dataclasses import replace
from threading import Event
from typing import TYPE_CHECKING

import pytest

from core.catalog.photos import REREAD
from core.folders.drives import Drives, Sighting
from core.types import Root
from tests.core.desk import NAMES, Desk, put, sample_of

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def forget_sizes(desk: Desk, count: int) -> None:
    """Have some photos of the sample known by the first look at them only."""
    sample = desk.samples[desk.root]
    desk.samples[desk.root] = [replace(photo, size=REREAD) for photo in sample[:count]] + sample[count:]


def test_drive_that_stays_is_here(desk: Desk) -> None:
    assert desk.volumes.look(desk.samples) == Sighting(here=(desk.root,), moved=())


def test_drive_that_is_away_is_nowhere(desk: Desk) -> None:
    desk.unplug()

    assert desk.volumes.look(desk.samples) == Sighting(here=(), moved=())


def test_drive_is_found_where_it_comes_back(desk: Desk) -> None:
    desk.unplug()
    desk.plug_in(desk.two)

    moved = replace(desk.root, path=desk.two / "my photos")
    assert desk.volumes.look(desk.samples) == Sighting(here=(), moved=(moved,))


def test_drive_that_left_its_mount_point_is_found_where_it_comes_back(desk: Desk) -> None:
    desk.unplug()
    desk.root.path.mkdir(parents=True)
    desk.plug_in(desk.two)

    assert [root.path for root in desk.moved()] == [desk.two / "my photos"]


def test_root_that_is_a_whole_drive_is_found(tmp_path: Path) -> None:
    desk = Desk(tmp_path)
    desk.root = Root("uuid", desk.one)
    desk.samples = {desk.root: sample_of(desk.one)}
    desk.unplug()
    desk.one.mkdir()
    desk.plug_in(desk.two)

    assert [root.path for root in desk.moved()] == [desk.two]


def test_another_drive_with_a_folder_of_that_name_is_not_it(desk: Desk) -> None:
    desk.unplug()
    put(desk.two / "my photos", seed=1)

    assert desk.moved() == ()


def test_the_right_drive_is_found_behind_a_wrong_one(desk: Desk) -> None:
    desk.unplug()
    put(desk.two / "my photos", seed=1)
    three = desk.two.with_name("THREE")
    desk.plug_in(three)
    desk.mounts.append(three)

    assert [root.path for root in desk.moved()] == [three / "my photos"]


def test_older_copy_of_a_drive_is_not_taken_for_it(desk: Desk) -> None:
    desk.unplug()
    desk.plug_in(desk.two)
    (desk.two / "my photos" / NAMES[-1]).unlink()

    assert desk.moved() == ()


@pytest.mark.parametrize(("changed", "is_found"), [(3, True), (8, False)])
def test_added_folder_may_have_changed_a_little(desk: Desk, changed: int, is_found: bool) -> None:
    desk.unplug()
    put(desk.drawer / "my photos", NAMES[:changed], seed=1)
    desk.plug_in(desk.two)

    assert bool(desk.volumes.recognise(desk.two / "my photos", desk.samples)) is is_found


@pytest.mark.parametrize(("unknown", "is_found"), [(8, True), (9, False)])
def test_root_is_looked_for_where_half_of_the_sizes_are_known(desk: Desk, unknown: int, is_found: bool) -> None:
    forget_sizes(desk, unknown)
    desk.unplug()
    desk.plug_in(desk.two)

    assert bool(desk.moved()) is is_found
    assert desk.volumes.recognise(desk.two / "my photos", desk.samples)


def test_photo_of_unknown_size_is_known_by_its_time(desk: Desk) -> None:
    forget_sizes(desk, 8)
    desk.unplug()
    put(desk.drawer / "my photos", NAMES[:1], seed=1)
    desk.plug_in(desk.two)

    assert desk.moved() == ()


def test_root_without_known_photos_is_not_looked_for(desk: Desk) -> None:
    desk.samples = {desk.root: []}
    desk.unplug()
    desk.plug_in(desk.two)

    assert desk.moved() == ()


def test_empty_folder_of_a_root_without_photos_is_here(tmp_path: Path) -> None:
    root = Root("uuid", tmp_path)

    assert Drives(list).look({root: []}).here == (root,)


@pytest.mark.parametrize("added", ["my photos", "my photos/2019", "."])
def test_photos_that_another_root_has_are_not_taken_from_it(desk: Desk, added: str) -> None:
    desk.unplug()
    desk.plug_in(desk.two)
    other = Root("other", desk.two / added)
    desk.samples[other] = sample_of(other.path)

    assert desk.volumes.look(desk.samples) == Sighting(here=(other,), moved=())


def test_two_roots_with_the_same_photos_are_not_both_found_in_one_folder(desk: Desk) -> None:
    copy = Root("copy", desk.drawer.with_name("other computer") / "my photos")
    desk.samples[copy] = desk.samples[desk.root]
    desk.unplug()
    desk.plug_in(desk.two)

    assert desk.moved() == (replace(desk.root, path=desk.two / "my photos"),)


def test_all_roots_of_a_drive_are_found(desk: Desk) -> None:
    second = Root("second", desk.one / "scans" / "old")
    put(second.path, seed=2)
    desk.samples[second] = sample_of(second.path)
    desk.unplug()
    desk.plug_in(desk.two)

    assert [root.path for root in desk.moved()] == [desk.two / "my photos", desk.two / "scans" / "old"]


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_photos_of_another_root_are_known_behind_a_link_too(desk: Desk) -> None:
    desk.unplug()
    desk.plug_in(desk.two)
    link = desk.two.with_name("link")
    link.symlink_to(desk.two)
    other = Root("other", link / "my photos")
    desk.samples[other] = sample_of(other.path)

    assert desk.moved() == ()


def test_added_folder_is_recognised_by_its_photos(desk: Desk, tmp_path: Path) -> None:
    desk.unplug()
    desk.plug_in(tmp_path / "elsewhere")

    found = desk.volumes.recognise(tmp_path / "elsewhere" / "my photos", desk.samples)

    assert found == replace(desk.root, path=tmp_path / "elsewhere" / "my photos")


def test_copy_of_a_root_that_is_here_is_a_folder_of_its_own(desk: Desk) -> None:
    put(desk.two)

    assert desk.volumes.recognise(desk.two, desk.samples) is None


def test_folder_with_other_photos_is_not_recognised(desk: Desk) -> None:
    desk.unplug()
    put(desk.two, seed=1)

    assert desk.volumes.recognise(desk.two, desk.samples) is None


def test_presence_is_told_of_each_root(desk: Desk) -> None:
    gone = Root("gone", desk.two)

    assert desk.volumes.presence({desk.root: True, gone: True}) == {desk.root: True, gone: False}


def test_drives_that_cannot_be_listed_are_not_waited_for(desk: Desk) -> None:
    is_over = Event()

    def hang() -> list[Path]:
        is_over.wait()
        return desk.mounts

    desk.unplug()
    desk.plug_in(desk.two)

    assert Drives(hang, patience=0.1).look(desk.samples).moved == ()
    is_over.set()


def test_root_inside_one_that_comes_back_elsewhere_is_found_with_it(desk: Desk) -> None:
    inner = Root("inner", desk.root.path / "2020")
    desk.samples[inner] = sample_of(inner.path)
    desk.unplug()
    desk.plug_in(desk.two)

    assert [root.path for root in desk.moved()] == [desk.two / "my photos", desk.two / "my photos" / "2020"]


def test_root_inside_another_is_found_elsewhere_inside_it(desk: Desk) -> None:
    outer = Root("outer", desk.one.parent)
    put(outer.path, ["a.jpg"], seed=3)
    desk.samples[outer] = [sample_of(outer.path)[-1]]
    desk.unplug()
    desk.plug_in(desk.two)

    assert [root.path for root in desk.moved()] == [desk.two / "my photos"]
