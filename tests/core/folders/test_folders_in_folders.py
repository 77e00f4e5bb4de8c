"""Adding, moving and forgetting folders of the library that hold one another."""

from __future__ import annotations

import os
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.folders.registry import add_folder, add_returned, forget_folder, relocate_roots, set_rules
from core.types import Rules
from tests.helpers.engine.catalog_entries import save

if TYPE_CHECKING:
    from pathlib import Path

    from core.catalog.photos import Catalog


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return where the drive was."""
    return tmp_path / "old" / "photos"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return where it is now."""
    return tmp_path / "new" / "photos"


def test_root_that_is_away_stays_one_in_the_folder_that_holds_it(catalog: Catalog, new: Path) -> None:
    away, there = add_folder(catalog, new / "drive", []), add_folder(catalog, new / "2020", [])
    save(catalog, away, {"a.jpg": 1})

    root = add_folder(catalog, new, [there])

    assert catalog.roots() == [root, away]
    assert catalog.photos_in(away) == 1


@pytest.mark.parametrize("rules", [Rules("*.tmp.jpg"), Rules(smallest=1)])
def test_root_with_rules_of_its_own_stays_one_in_the_folder_that_holds_it(
    catalog: Catalog, new: Path, rules: Rules
) -> None:
    add_folder(catalog, new / "2020", [])
    set_rules(catalog, new / "2020", rules)
    (kept,) = catalog.roots()

    root = add_folder(catalog, new, [kept])

    assert catalog.roots() == [root, kept]


def test_root_with_a_drive_in_it_that_may_be_away_stays_one_in_the_folder_that_holds_it(
    catalog: Catalog, new: Path
) -> None:
    kept = add_folder(catalog, new / "2020", [])
    catalog.set_mounts(kept, [kept.path / "usb"])

    root = add_folder(catalog, new, [kept])

    assert catalog.roots() == [root, kept]


def test_root_does_not_come_under_the_rules_of_another_when_a_folder_is_added_that_holds_both(
    catalog: Catalog, new: Path
) -> None:
    free = add_folder(catalog, new / "2020" / "may", [])
    add_folder(catalog, new / "2020", [])
    set_rules(catalog, new / "2020", Rules("may/"))

    root = add_folder(catalog, new, catalog.roots())

    assert [known.path for known in catalog.roots()] == [root.path, new / "2020", free.path]


def test_root_in_a_hidden_folder_stays_one_as_nothing_else_looks_there(catalog: Catalog, new: Path) -> None:
    hidden = add_folder(catalog, new / ".hidden" / "2020", [])

    root = add_folder(catalog, new, [hidden])

    assert catalog.roots() == [root, hidden]


def test_root_outlives_the_one_that_holds_it_and_the_other_way_round(catalog: Catalog, new: Path) -> None:
    inner = add_folder(catalog, new / "drive", [])
    save(catalog, inner, {"a.jpg": 1})
    outer = add_folder(catalog, new, [])
    save(catalog, outer, {"a.jpg": 1, "b.jpg": 2})

    assert len(forget_folder(catalog, new)) == 2
    assert catalog.roots() == [inner]
    assert catalog.photos_in(inner) == 1
    outer = add_folder(catalog, new, [])
    assert len(forget_folder(catalog, new / "drive")) == 1
    assert catalog.roots() == [outer]


@pytest.mark.parametrize("is_added", [False, True])
def test_root_in_another_may_move_within_it(catalog: Catalog, new: Path, is_added: bool) -> None:
    drive = add_folder(catalog, new / "drive", [])
    outer = add_folder(catalog, new, [])
    found = replace(drive, path=new / "drive 2")

    if is_added:
        assert add_returned(catalog, found, []) == found
    else:
        assert relocate_roots(catalog, [found]) == [found]

    assert catalog.roots() == [outer, found]


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
@pytest.mark.parametrize("is_added", [False, True])
def test_root_never_takes_the_place_of_the_one_that_holds_it(catalog: Catalog, new: Path, is_added: bool) -> None:
    new.mkdir(parents=True)
    (new.parent / "link").symlink_to(new)
    drive = add_folder(catalog, new / "drive", [])
    outer = add_folder(catalog, new, [])

    for location in (new, new.parent / "link"):
        found = replace(drive, path=location)
        if is_added:
            assert add_returned(catalog, found, []) == outer
        else:
            assert relocate_roots(catalog, [found]) == []
        assert catalog.roots() == [outer, drive]


@pytest.mark.parametrize("is_added", [False, True])
def test_roots_inside_one_that_moves_move_with_it(catalog: Catalog, old: Path, new: Path, is_added: bool) -> None:
    add_folder(catalog, old / "2020", [])
    set_rules(catalog, old / "2020", Rules("*.tmp.jpg"))
    (inner,) = catalog.roots()
    outer, other = add_folder(catalog, old, []), add_folder(catalog, old.with_name("photos 2"), [])
    found, with_it = replace(outer, path=new), replace(inner, path=new / "2020")

    if is_added:
        assert add_returned(catalog, found, []) == found
    else:
        assert relocate_roots(catalog, [found]) == [found, with_it]

    assert catalog.roots() == [found, with_it, other]


def test_root_that_moves_elsewhere_than_the_one_that_holds_it_is_where_it_was_found(
    catalog: Catalog, old: Path, new: Path
) -> None:
    inner = add_folder(catalog, old / "drive", [])
    outer = add_folder(catalog, old, [])
    moved = [replace(outer, path=new), replace(inner, path=new.with_name("drive"))]

    assert {*relocate_roots(catalog, moved)} == {*catalog.roots()} == {*moved}
