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


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """Return where the drive was."""
    return tmp_path / "old" / "photos"


@pytest.fixture
def new(tmp_path: Path) -> Path:
    """Return where it is now."""
    return tmp_path / "new" / "photos"


def test_folder_in_a_root_is_covered_by_it(catalog: Catalog, new: Path) -> None:
    root = add_folder(catalog, new, [])

    assert add_folder(catalog, new / "2020", []) == add_folder(catalog, new, []) == root
    assert catalog.roots() == [root]


def test_folder_that_holds_roots_takes_their_place(catalog: Catalog, new: Path, old: Path) -> None:
    add_folder(catalog, new / "2020", [])
    other = add_folder(catalog, old, [])

    root = add_folder(catalog, new, catalog.roots())

    assert catalog.roots() == [root, other]


def test_forgotten_folder_tells_how_many_photos_it_had(catalog: Catalog, new: Path) -> None:
    save(catalog, add_folder(catalog, new, []), {"a.jpg": 1, "b.jpg": 2})

    assert len(forget_folder(catalog, new)) == 2
    assert catalog.roots() == []
    with pytest.raises(FolderError, match=r"is not in the library\. The library has no folders yet"):
        forget_folder(catalog, new)


def test_roots_that_were_found_are_where_they_were_found(catalog: Catalog, old: Path, new: Path) -> None:
    root, other = add_folder(catalog, old, []), add_folder(catalog, old.with_name("others"), [])
    moved = replace(root, path=new)

    assert relocate_roots(catalog, [moved]) == [moved]

    assert catalog.roots() == [moved, other]


def test_root_that_was_forgotten_while_it_was_looked_for_does_not_come_back(
    catalog: Catalog, old: Path, new: Path
) -> None:
    root = add_folder(catalog, old, [])
    forget_folder(catalog, old)

    assert relocate_roots(catalog, [replace(root, path=new)]) == []

    assert catalog.roots() == []


@pytest.mark.parametrize("added", [".", "..", "inside"])
def test_root_is_not_moved_to_photos_that_were_added_while_it_was_looked_for(
    catalog: Catalog, old: Path, new: Path, added: str
) -> None:
    root = add_folder(catalog, old, [])
    add_folder(catalog, Path(new / added).resolve(), [])
    known = catalog.roots()

    assert relocate_roots(catalog, [replace(root, path=new)]) == []

    assert catalog.roots() == known


def test_of_two_roots_found_in_one_folder_the_first_gets_it(catalog: Catalog, old: Path, new: Path) -> None:
    one, two = add_folder(catalog, old, []), add_folder(catalog, old.with_name("copy"), [])
    found = [replace(one, path=new), replace(two, path=new)]

    assert relocate_roots(catalog, found) == found[:1]

    assert catalog.roots() == [found[0], two]


def test_added_folder_with_the_photos_of_a_root_is_that_root(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    save(catalog, root, {"a.jpg": 1})
    found = replace(root, path=new)

    assert add_returned(catalog, found, []) == found

    assert catalog.roots() == [found]
    assert catalog.photos_in(found) == 1


def test_returned_root_takes_the_place_of_roots_inside_it(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    add_folder(catalog, new / "2020", [])

    found = add_returned(catalog, replace(root, path=new), catalog.roots())

    assert catalog.roots() == [found] == [replace(root, path=new)]


def test_root_may_return_a_level_higher(catalog: Catalog, old: Path) -> None:
    root = add_folder(catalog, old, [])

    found = add_returned(catalog, replace(root, path=old.parent), [])

    assert catalog.roots() == [found] == [replace(root, path=old.parent)]


def test_returned_root_that_another_covers_stays_where_it_was(catalog: Catalog, old: Path, new: Path) -> None:
    root, other = add_folder(catalog, old, []), add_folder(catalog, new.parent, [])

    assert add_returned(catalog, replace(root, path=new), []) == other

    assert {*catalog.roots()} == {root, other}


def test_returned_root_that_was_forgotten_is_added_as_a_new_one(catalog: Catalog, old: Path, new: Path) -> None:
    root = add_folder(catalog, old, [])
    forget_folder(catalog, old)

    added = add_returned(catalog, replace(root, path=new), [])

    assert added.uuid != root.uuid
    assert catalog.roots() == [added]


@pytest.fixture
def places_told(old: Path, new: Path) -> RealPaths:
    """Return what is told by drives of which one has the old folder, which the new one is a link to."""
    return RealPaths({old: old, new: old})


def test_of_two_roots_that_are_one_folder_the_one_that_is_no_link_stays(
    catalog: Catalog, old: Path, new: Path, places_told: RealPaths
) -> None:
    for path, names in ((new, ["a.jpg", "b.jpg"]), (old, ["a.jpg"]), (old.with_name("other"), [])):
        save(catalog, catalog.add_root(path), dict.fromkeys(names, 1))
    linked, folder, other = (root_of(catalog.roots(), path) for path in (new, old, old.with_name("other")))

    stay, forgotten = forget_duplicates(catalog, [linked, other, folder], places_told)

    assert (stay, sorted(forgotten)) == ([other, folder], [new / "a.jpg", new / "b.jpg"])
    assert {*catalog.roots()} == {folder, other}
    assert catalog.photos_in(folder) == 1


def test_of_two_links_to_one_folder_the_one_with_the_most_photos_stays(catalog: Catalog, old: Path, new: Path) -> None:
    few, many = catalog.add_root(old), catalog.add_root(new)
    save(catalog, many, {"a.jpg": 1})

    assert forget_duplicates(catalog, [few, many], RealPaths(dict.fromkeys((old, new), new.parent))) == ([many], [])


def test_of_two_roots_that_are_one_folder_one_with_a_drive_in_it_stays(
    catalog: Catalog, old: Path, new: Path, places_told: RealPaths
) -> None:
    folder, linked = catalog.add_root(old), catalog.add_root(new)
    catalog.set_mounts(linked, [new / "usb"])

    assert forget_duplicates(catalog, [folder, linked], places_told) == ([folder, linked], [])


def test_of_two_roots_that_are_one_folder_those_with_rules_stay(
    catalog: Catalog, old: Path, new: Path, places_told: RealPaths
) -> None:
    save(catalog, catalog.add_root(old), {"a.jpg": 1})
    ruled = catalog.set_rules(catalog.add_root(new), Rules("*.png"))

    assert forget_duplicates(catalog, catalog.roots(), places_told) == ([ruled], [old / "a.jpg"])

    also_ruled = catalog.set_rules(catalog.add_root(old), Rules("*.tif"))
    assert forget_duplicates(catalog, catalog.roots(), places_told) == (catalog.roots(), [])
    assert {*catalog.roots()} == {ruled, also_ruled}


@pytest.mark.parametrize("is_forgotten", [False, True])
def test_root_is_not_forgotten_for_one_that_is_away_or_no_longer_in_the_library(
    catalog: Catalog, old: Path, new: Path, places_told: RealPaths, is_forgotten: bool
) -> None:
    one, two = catalog.add_root(old), catalog.add_root(new)
    if is_forgotten:
        forget_folder(catalog, old)

    forget_duplicates(catalog, [one, two] if is_forgotten else [two], places_told)

    assert two in catalog.roots()
    assert (one in catalog.roots()) is not is_forgotten


def test_nothing_is_asked_of_a_drive_that_has_told_what_there_is_to_know(
    catalog: Catalog, old: Path, new: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def never_answers(_path: Path) -> str:
        raise AssertionError("this drive does not answer")

    monkeypatch.setattr("os.path.realpath", never_answers)
    told = RealPaths({path: path for path in (old, new, old / "drive", new / "2020")})
    root, inner = add_folder(catalog, old, [], told), catalog.add_root(old / "drive")
    moved = replace(root, path=new)
    set_rules(catalog, inner.path, Rules("*.png"))

    assert relocate_roots(catalog, [moved], told)[0] == moved
    assert add_returned(catalog, moved, [], told) == moved
    assert add_folder(catalog, new / "2020", [], told) == moved
    assert forget_folder(catalog, new) == []
