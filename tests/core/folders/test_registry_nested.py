"""Adding, relocating and forgetting nested roots."""

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


def test_adding_an_outer_folder_keeps_offline_nested_roots(catalog: Catalog, new: Path) -> None:
    offline, online = add_folder(catalog, new / "drive", []), add_folder(catalog, new / "2020", [])
    save(catalog, offline, {"a.jpg": 1})

    root = add_folder(catalog, new, [online])

    assert catalog.roots() == [root, offline]
    assert catalog.photos_in(offline) == 1


@pytest.mark.parametrize("rules", [Rules("*.tmp.jpg"), Rules(smallest=1)])
def test_adding_an_outer_folder_keeps_nested_roots_with_rules(catalog: Catalog, new: Path, rules: Rules) -> None:
    add_folder(catalog, new / "2020", [])
    set_rules(catalog, new / "2020", rules)
    (kept,) = catalog.roots()

    root = add_folder(catalog, new, [kept])

    assert catalog.roots() == [root, kept]


def test_adding_an_outer_folder_keeps_nested_roots_with_mount_points(catalog: Catalog, new: Path) -> None:
    kept = add_folder(catalog, new / "2020", [])
    catalog.set_mounts(kept, [kept.path / "usb"])

    root = add_folder(catalog, new, [kept])

    assert catalog.roots() == [root, kept]


def test_adding_an_outer_folder_keeps_a_root_nested_in_one_with_rules(catalog: Catalog, new: Path) -> None:
    free = add_folder(catalog, new / "2020" / "may", [])
    add_folder(catalog, new / "2020", [])
    set_rules(catalog, new / "2020", Rules("may/"))

    root = add_folder(catalog, new, catalog.roots())

    assert [known.path for known in catalog.roots()] == [root.path, new / "2020", free.path]


def test_adding_an_outer_folder_keeps_roots_in_hidden_folders(catalog: Catalog, new: Path) -> None:
    hidden = add_folder(catalog, new / ".hidden" / "2020", [])

    root = add_folder(catalog, new, [hidden])

    assert catalog.roots() == [root, hidden]


def test_nested_root_and_outer_root_can_be_forgotten_independently(catalog: Catalog, new: Path) -> None:
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
def test_nested_root_can_move_within_its_outer_root(catalog: Catalog, new: Path, is_added: bool) -> None:
    drive = add_folder(catalog, new / "drive", [])
    outer = add_folder(catalog, new, [])
    found = replace(drive, path=new / "drive 2")

    if is_added:
        assert add_returned(catalog, found, []) == found
    else:
        assert relocate_roots(catalog, [found]) == [found]

    assert catalog.roots() == [outer, found]


@pytest.mark.skipif(os.name == "nt", reason="creating links needs a privilege on Windows")
@pytest.mark.parametrize("is_added", [False, True])
def test_nested_root_never_takes_the_path_of_its_outer_root(catalog: Catalog, new: Path, is_added: bool) -> None:
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
def test_nested_roots_move_with_their_outer_root(catalog: Catalog, old: Path, new: Path, is_added: bool) -> None:
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


def test_nested_root_found_outside_its_outer_root_keeps_the_path_where_it_was_found(
    catalog: Catalog, old: Path, new: Path
) -> None:
    inner = add_folder(catalog, old / "drive", [])
    outer = add_folder(catalog, old, [])
    moved = [replace(outer, path=new), replace(inner, path=new.with_name("drive"))]

    assert {*relocate_roots(catalog, moved)} == {*catalog.roots()} == {*moved}
