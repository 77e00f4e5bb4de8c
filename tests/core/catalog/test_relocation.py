from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from core.catalog.photos import REREAD, SAMPLE
from core.types import PhotoFile
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, photo, save

if TYPE_CHECKING:
    from core.catalog.photos import Catalog
    from core.types import Root

NEW_FOLDER = FOLDER.with_name("other drive")


def test_sample_has_the_path_size_and_time_of_each_photo(catalog: Catalog, root: Root) -> None:
    catalog.save_failures(root, [(photo(root, "in/bad.jpg", 20, 30), "broken", False)])
    save(catalog, root, {"a.jpg": 1})

    (sample,) = catalog.samples([root]).values()

    assert set(sample) == {PhotoFile(Path("in/bad.jpg"), 20, 30), PhotoFile(Path("a.jpg"), 10, 1)}


def test_sample_includes_photos_that_will_be_reread(catalog: Catalog, root: Root) -> None:
    catalog.save_failures(root, [(photo(root, "a.jpg", 20, 30), "it took too long", True)])

    assert catalog.samples([root]) == {root: [PhotoFile(Path("a.jpg"), REREAD, 30)]}


def test_every_root_has_a_sample_of_its_own_photos(catalog: Catalog, root: Root) -> None:
    other, empty = catalog.add_root(NEW_FOLDER), catalog.add_root(FOLDER.with_name("empty"))
    save(catalog, root, {"a.jpg": 1})
    save(catalog, other, {"b.jpg": 1})

    samples = catalog.samples([root, other, empty])

    assert {key: [file.path.name for file in sample] for key, sample in samples.items()} == {
        root: ["a.jpg"],
        other: ["b.jpg"],
        empty: [],
    }


def test_sample_is_spread_over_the_complete_root(catalog: Catalog, root: Root) -> None:
    save(catalog, root, {f"{year}/{number}.jpg": 1 for year in range(2000, 2010) for number in range(100)})

    (sample,) = catalog.samples([root]).values()

    assert len(set(sample)) == SAMPLE
    assert len({file.path.parent for file in sample}) > 5


def test_relocated_root_keeps_its_photos(catalog: Catalog, root: Root) -> None:
    (key,) = save(catalog, root, {"in/a.jpg": 1})
    moved = replace(root, path=NEW_FOLDER)

    assert catalog.relocate(moved)

    assert catalog.roots() == [moved]
    assert catalog.find([key])[key].path == NEW_FOLDER / "in" / "a.jpg"
    assert catalog.known(moved, MODEL).keys() == {NEW_FOLDER / "in" / "a.jpg"}


def test_root_is_not_relocated_to_the_path_of_another_root(catalog: Catalog, root: Root) -> None:
    other = catalog.add_root(NEW_FOLDER)

    assert not catalog.relocate(replace(root, path=NEW_FOLDER))

    assert catalog.roots() == [other, root]


def test_forgotten_root_is_not_relocated(catalog: Catalog, root: Root) -> None:
    catalog.forget_root(root)

    assert not catalog.relocate(replace(root, path=NEW_FOLDER))

    assert catalog.roots() == []
