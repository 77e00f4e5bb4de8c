from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import FolderError
from core.folders.nesting import RealPaths
from core.folders.registry import (
    add_folder,
    add_returned,
    forget_duplicates,
    forget_folder,
    relocate_roots,
    root_of,
    set_rules,
)
from core.types import Rules
from tests.helpers.engine.catalog_entries import save

if TYPE_CHECKING:
    from core.catalog.photos import Catalog


def test_adding_a_folder_inside_a_root_returns_that_root(catalog: Catalog, new: Path) -> None:
    root = add_folder(catalog, new, [])

    assert add_folder(catalog, new / "2020", []) == add_folder(catalog, new, []) == root
    assert catalog.roots() == [root]


def test_adding_an_outer_folder_replaces_the_roots_inside_it(catalog: Catalog, new: Path, old: Path) -> None:
    add_folder(catalog, new / "2020", [])
    other = add_folder(catalog, old, [])

    root = add_folder(catalog, new, catalog.roots())

    assert catalog.roots() == [root, other]


def test_forgetting_a_folder_returns_its_photos(catalog: Catalog, new: Path) -> None:
    save(catalog, add_folder(catalog, new, []), {"a.jpg": 1, "b.jpg": 2})

    assert len(forget_folder(catalog, new)) == 2
    assert catalog.roots() == []
    with pytest.raises(FolderError, match=r"is not in the library\. The library has no folders yet"):
        forget_folder(catalog, new)


def test_relocated_root_has_its_new_path(catalog: Catalog, old: Path, new: Path) -> None:
    root, other = add_folder(catalog, old, []), add_folder(catalog, old.with_name("others"), [])
    moved = replace(root, path=new)

    assert relocate_roots(catalog, [moved]) == [moved]

    assert catalog.roots() == [moved, other]


def test_root_forgotten_during_the_search_is_not_relocated(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    forget_folder(catalog, old)

    assert relocate_roots(catalog, [replace(root, path=new)]) == []

    assert catalog.roots() == []


@pytest.mark.parametrize("added", [".", "..", "inside"])
def test_root_is_not_relocated_to_a_folder_added_during_the_search(
    catalog: Catalog, old: Path, new: Path, added: str
) -> None:
    root = add_folder(catalog, old, [])
    add_folder(catalog, Path(new / added).resolve(), [])
    known = catalog.roots()

    assert relocate_roots(catalog, [replace(root, path=new)]) == []

    assert catalog.roots() == known


def test_first_of_two_roots_found_in_one_folder_gets_it(catalog: Catalog, old: Path, new: Path) -> None:
    one, two = add_folder(catalog, old, []), add_folder(catalog, old.with_name("copy"), [])
    found = [replace(one, path=new), replace(two, path=new)]

    assert relocate_roots(catalog, found) == found[:1]

    assert catalog.roots() == [found[0], two]


def test_adding_the_new_folder_of_a_root_relocates_the_root(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    save(catalog, root, {"a.jpg": 1})
    found = replace(root, path=new)

    assert add_returned(catalog, found, []) == found

    assert catalog.roots() == [found]
    assert catalog.photos_in(found) == 1


def test_returned_root_replaces_the_roots_inside_it(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    add_folder(catalog, new / "2020", [])

    found = add_returned(catalog, replace(root, path=new), catalog.roots())

    assert catalog.roots() == [found] == [replace(root, path=new)]


def test_root_can_move_to_the_parent_of_its_old_path(catalog: Catalog, old: Path) -> None:
    root = add_folder(catalog, old, [])

    found = add_returned(catalog, replace(root, path=old.parent), [])

    assert catalog.roots() == [found] == [replace(root, path=old.parent)]


def test_returned_root_inside_another_root_is_not_relocated(catalog: Catalog, old: Path, new: Path) -> None:
    root, other = add_folder(catalog, old, []), add_folder(catalog, new.parent, [])

    assert add_returned(catalog, replace(root, path=new), []) == other

    assert {*catalog.roots()} == {root, other}


def test_returned_root_that_was_forgotten_is_added_as_a_new_root(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    forget_folder(catalog, old)

    added = add_returned(catalog, replace(root, path=new), [])

    assert added.uuid != root.uuid
    assert catalog.roots() == [added]


@pytest.fixture
def real_paths(old: Path, new: Path) -> RealPaths:
    """Return resolved paths in which the new folder is a link to the old one."""
    return RealPaths({old: old, new: old})


def test_duplicate_root_that_is_a_link_is_forgotten(
    catalog: Catalog, old: Path, new: Path, real_paths: RealPaths
) -> None:
    for path, names in ((new, ["a.jpg", "b.jpg"]), (old, ["a.jpg"]), (old.with_name("other"), [])):
        save(catalog, catalog.add_root(path), dict.fromkeys(names, 1))
    linked, folder, other = (root_of(catalog.roots(), path) for path in (new, old, old.with_name("other")))

    stay, forgotten = forget_duplicates(catalog, [linked, other, folder], real_paths)

    assert (stay, sorted(forgotten)) == ([other, folder], [new / "a.jpg", new / "b.jpg"])
    assert {*catalog.roots()} == {folder, other}
    assert catalog.photos_in(folder) == 1


def test_duplicate_root_with_the_most_photos_stays_if_all_are_links(catalog: Catalog, old: Path, new: Path) -> None:
    few, many = catalog.add_root(old), catalog.add_root(new)
    save(catalog, many, {"a.jpg": 1})

    assert forget_duplicates(catalog, [few, many], RealPaths(dict.fromkeys((old, new), new.parent))) == ([many], [])


def test_duplicate_root_with_mount_points_is_not_forgotten(
    catalog: Catalog, old: Path, new: Path, real_paths: RealPaths
) -> None:
    folder, linked = catalog.add_root(old), catalog.add_root(new)
    catalog.set_mounts(linked, [new / "usb"])

    assert forget_duplicates(catalog, [folder, linked], real_paths) == ([folder, linked], [])


def test_duplicate_roots_with_rules_are_not_forgotten(
    catalog: Catalog, old: Path, new: Path, real_paths: RealPaths
) -> None:
    save(catalog, catalog.add_root(old), {"a.jpg": 1})
    ruled = catalog.set_rules(catalog.add_root(new), Rules("*.png"))

    assert forget_duplicates(catalog, catalog.roots(), real_paths) == ([ruled], [old / "a.jpg"])

    also_ruled = catalog.set_rules(catalog.add_root(old), Rules("*.tif"))
    assert forget_duplicates(catalog, catalog.roots(), real_paths) == (catalog.roots(), [])
    assert {*catalog.roots()} == {ruled, also_ruled}


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_root_is_not_a_duplicate_of_an_offline_or_forgotten_root(
    catalog: Catalog, old: Path, new: Path, real_paths: RealPaths, is_forgotten: bool
) -> None:
    one, two = catalog.add_root(old), catalog.add_root(new)
    if is_forgotten:
        forget_folder(catalog, old)

    forget_duplicates(catalog, [one, two] if is_forgotten else [two], real_paths)

    assert two in catalog.roots()
    assert (one in catalog.roots()) is not is_forgotten


def test_drives_are_not_accessed_if_all_paths_are_resolved(
    catalog: Catalog, old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_path: Path) -> str:
        raise AssertionError("no drive may be accessed")

    monkeypatch.setattr("os.path.realpath", fail)
    resolved = RealPaths({path: path for path in (old, new, old / "drive", new / "2020")})
    root, inner = add_folder(catalog, old, [], resolved), catalog.add_root(old / "drive")
    moved = replace(root, path=new)
    set_rules(catalog, inner.path, Rules("*.png"))

    assert relocate_roots(catalog, [moved], resolved)[0] == moved
    assert add_returned(catalog, moved, [], resolved) == moved
    assert add_folder(catalog, new / "2020", [], resolved) == moved
    assert forget_folder(catalog, new) == []
