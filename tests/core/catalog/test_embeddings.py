from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.catalog import embeddings
from core.catalog.embeddings import Embeddings
from core.catalog.selection import Selection
from core.search_request import Filters
from tests.helpers.engine.catalog_entries import (
    FOLDER,
    MODEL,
    OTHER_MODEL,
    content,
    details,
    photo,
    save,
    sqlite_steps,
    vector,
)

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root

NAMES = {
    "a.jpg": 1,
    "sub/b.jpg": 2,
    "sub/deep/c.jpg": 3,
    "sub.jpg": 4,
    "sub0/d.jpg": 5,
    "sub-e/f.jpg": 6,
    "\udcffg.jpg": 7,
}


def test_embeddings_are_returned_as_they_were_saved(database: Database, catalog: Catalog, root: Root) -> None:
    saved = save(catalog, root, NAMES)

    ids, vectors = Embeddings(database, MODEL).of([*saved, 12345])

    assert sorted(ids) == sorted(saved)
    expected = {key: vector(seed).tolist() for key, seed in zip(saved, NAMES.values(), strict=True)}
    assert {key: row.tolist() for key, row in zip(ids, vectors, strict=True)} == expected
    assert Embeddings(database, OTHER_MODEL).of(saved)[0] == []


def test_all_embeddings_are_returned_with_their_roots(database: Database, catalog: Catalog, root: Root) -> None:
    other = catalog.add_root(FOLDER.parent / "other")
    saved = save(catalog, root, {"a.jpg": 1, "b.jpg": 2, "copy.jpg": 1})
    (of_other,) = save(catalog, other, {"a.jpg": 3})
    save(catalog, root, {"of another model.jpg": 4}, OTHER_MODEL)

    found = {key: (uuid, row.tolist()) for key, uuid, row in Embeddings(database, MODEL).all()}

    seeds = dict(zip((*saved, of_other), (1, 2, 1, 3), strict=True))
    uuids = dict.fromkeys(saved, root.uuid) | {of_other: other.uuid}
    assert found == {key: (uuids[key], vector(seed).tolist()) for key, seed in seeds.items()}


@pytest.mark.parametrize("pictures", [3, 800])
def test_sample_is_random_and_tells_how_many_pictures_there_are(
    database: Database, catalog: Catalog, root: Root, pictures: int
) -> None:
    keys = [hashlib.md5(bytes([number % 256, number // 256])).digest() for number in range(pictures)]
    photos = [(photo(root, f"{number}.jpg"), replace(details(1), content=key)) for number, key in enumerate(keys)]
    copy = photo(root, "copy.jpg"), photos[0][1]
    catalog.save(root, [*photos, copy], {key: vector(number) for number, key in enumerate(keys)}, MODEL)
    save(catalog, root, {"of another model.jpg": 4}, OTHER_MODEL)

    sample, population = Embeddings(database, MODEL).sample(200)

    assert len(sample) == min(pictures, 200)
    assert population == (pictures if pictures < 200 else pytest.approx(pictures, rel=0.2))
    numbers = [number for number in range(pictures) if vector(number).tolist() in sample.tolist()]
    assert len(numbers) == len(sample)
    assert np.mean(numbers) == pytest.approx((pictures - 1) / 2, rel=0.1)


def test_sample_has_no_pictures_that_are_gone(database: Database, catalog: Catalog, root: Root) -> None:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    catalog.remove(root, [root.path / "a.jpg"])
    sample, population = Embeddings(database, MODEL).sample(10)
    assert (sample.tolist(), population) == ([vector(2).tolist()], 1)


def test_some_photos_have_different_contents_and_have_been_read(
    database: Database, catalog: Catalog, root: Root
) -> None:
    names = {"a.jpg": 1, "copy of a.jpg": 1, "b.jpg": 2, "preview.jpg": 3, "gone.jpg": 4}
    ids = dict(zip(names, save(catalog, root, names), strict=True))
    catalog.remove(root, [root.path / "gone.jpg"])
    with database.transaction() as db:
        db.execute("UPDATE content SET provisional = 1 WHERE key = ?", (content(3),))
    found = Embeddings(database, MODEL)

    first = min(ids["a.jpg"], ids["copy of a.jpg"])
    assert sorted(found.some_ids(9)) == sorted([first, ids["b.jpg"]])
    assert found.some_ids(1) in ([first], [ids["b.jpg"]])


@pytest.mark.parametrize("piece", [1, 2, 100])
def test_folder_selection_has_all_photos_below_the_folder_and_no_others(
    database: Database, catalog: Catalog, root: Root, monkeypatch: pytest.MonkeyPatch, piece: int
) -> None:
    monkeypatch.setattr(embeddings, "PIECE", piece)
    saved = dict(zip(NAMES, save(catalog, root, NAMES), strict=True))
    other = catalog.add_root(FOLDER.parent / "others")
    save(catalog, other, {"sub/b.jpg": 2})

    def within(folder: str) -> list[str]:
        selection = Selection(((root, root.path / folder),), Filters())
        pieces = list(Embeddings(database, MODEL).selected(selection))
        assert len(Embeddings(database, MODEL).selected_ids(selection, 100)) == sum(len(ids) for ids, _ in pieces)
        assert all(len(ids) == len(vectors) <= piece for ids, vectors in pieces)
        found = [key for ids, _ in pieces for key in ids]
        return sorted(name for name, key in saved.items() if key in found)

    assert within("sub") == ["sub/b.jpg", "sub/deep/c.jpg"]
    assert within("sub/deep") == ["sub/deep/c.jpg"]
    assert within(".") == sorted(NAMES)
    assert within("nothing") == []


def test_reading_some_embeddings_costs_the_same_in_a_large_library(
    database: Database, catalog: Catalog, root: Root
) -> None:
    found = Embeddings(database, MODEL)
    ids = save(catalog, root, {f"{seed}.jpg": seed for seed in range(200)})
    alone = sqlite_steps(database, lambda: found.of(ids))
    save(catalog, root, {f"{seed}.jpg": seed for seed in range(200, 4000)})
    assert sqlite_steps(database, lambda: found.of(ids)) < 2 * alone


def test_testing_some_photos_against_filters_costs_the_same_in_a_large_library(
    database: Database, catalog: Catalog, root: Root
) -> None:
    everything, found = Selection(((root, root.path),), Filters()), Embeddings(database, MODEL)
    ids = save(catalog, root, {f"{seed}.jpg": seed for seed in range(200)})
    alone = sqlite_steps(database, lambda: found.passing(ids, everything))
    save(catalog, root, {f"{seed}.jpg": seed for seed in range(200, 4000)})
    assert sqlite_steps(database, lambda: found.passing(ids, everything)) < 2 * alone


def test_reading_a_folder_in_pieces_costs_the_same_for_each_piece(
    database: Database, catalog: Catalog, root: Root, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "PIECE", 20)
    everything = Selection(((root, root.path),), Filters())
    found = Embeddings(database, MODEL)
    save(catalog, root, {f"{seed:04}.jpg": seed for seed in range(400)})
    few = sqlite_steps(database, lambda: list(found.selected(everything)))
    save(catalog, root, {f"{seed:04}.jpg": seed for seed in range(400, 2000)})
    assert sqlite_steps(database, lambda: list(found.selected(everything))) < 6 * few
