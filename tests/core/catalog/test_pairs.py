from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.catalog.pairs import Pair, Pairs, RelatedPair
from core.types import MatchKind
from tests.helpers.engine.catalog_entries import MODEL, OTHER_MODEL, content, photo, save, vector

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root

PAIR, WEAKER = Pair(content(1), content(2), 0.75), Pair(content(1), content(3), 0.5)
AS_WEAK = Pair(content(2), content(3), 0.5)


def unverified(pairs: Pairs) -> list[Pair]:
    """Return all unverified pairs, read one by one."""
    found: list[Pair] = []
    while piece := pairs.unverified(found[-1] if found else None, 1):
        found += piece
    assert len(found) == pairs.count_unverified()
    return found


@pytest.fixture
def pairs(database: Database, catalog: Catalog, root: Root) -> Pairs:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2, "c.jpg": 3, "copy of c.jpg": 3})
    return Pairs(database, MODEL)


def test_embeddings_that_were_not_compared_come_first(catalog: Catalog, root: Root, pairs: Pairs) -> None:
    contents, vectors, new = pairs.embeddings()
    assert (sorted(contents), new) == ([content(1), content(2), content(3)], 3)

    pairs.add([PAIR], contents)
    assert pairs.embeddings()[::2] == ([], 0)
    save(catalog, root, {"d.jpg": 4})
    contents, vectors, new = pairs.embeddings()

    assert (contents[0], sorted(contents[1:]), new) == (content(4), [content(1), content(2), content(3)], 1)
    expected = [vector(int.from_bytes(each, "big")) for each in contents]
    np.testing.assert_allclose(vectors.astype(np.float32), np.stack(expected), atol=1e-3)


def test_an_empty_library_has_no_embeddings(database: Database) -> None:
    contents, vectors, new = Pairs(database, MODEL).embeddings()

    assert (contents, len(vectors), new) == ([], 0, 0)


def test_photos_of_another_model_or_with_only_a_preview_are_not_compared(
    database: Database, catalog: Catalog, root: Root, pairs: Pairs
) -> None:
    save(catalog, root, {"d.jpg": 4}, model=OTHER_MODEL)
    with database.transaction() as db:
        db.execute("UPDATE content SET provisional = 1 WHERE key = ?", (content(1),))

    assert sorted(pairs.embeddings()[0]) == [content(2), content(3)]


def test_another_model_compares_all_photos_again(
    catalog: Catalog, root: Root, database: Database, pairs: Pairs
) -> None:
    pairs.add([], [content(1), content(2), content(3)])
    save(catalog, root, {"a.jpg": 1}, model=OTHER_MODEL)

    assert pairs.embeddings()[2] == 0
    assert Pairs(database, OTHER_MODEL).embeddings()[2] == 1


def test_pairs_are_unverified_until_their_result_is_saved(pairs: Pairs) -> None:
    pairs.add([WEAKER, AS_WEAK, PAIR], [])
    assert unverified(pairs) == [PAIR, AS_WEAK, WEAKER]
    pairs.verify([], [AS_WEAK])

    related = RelatedPair(content(1), content(2), MatchKind.SAME_PICTURE, content(2), is_framed=True)
    pairs.verify([related], [])
    assert (unverified(pairs), pairs.related()) == ([WEAKER], [related])

    pairs.verify([], [WEAKER])
    assert (unverified(pairs), pairs.related()) == ([], [related])


def test_a_pair_that_is_found_again_keeps_its_result(pairs: Pairs) -> None:
    pairs.add([PAIR], [])
    pairs.verify([], [PAIR])

    pairs.add([PAIR], [])

    assert unverified(pairs) == []


def test_pairs_of_a_removed_photo_are_deleted_with_its_content(catalog: Catalog, root: Root, pairs: Pairs) -> None:
    pairs.add([PAIR, WEAKER], [content(1), content(2)])

    catalog.remove(root, [photo(root, "b.jpg").path])
    catalog.purge()

    assert unverified(pairs) == [WEAKER]
    assert sorted(pairs.embeddings()[0]) == [content(1), content(3)]


def test_photos_with_the_same_content_are_copies(catalog: Catalog, pairs: Pairs) -> None:
    assert pairs.copied() == [content(3)]
    found = catalog.find(pairs.photos([content(3), content(9)])[content(3)])
    assert sorted(each.path.name for each in found.values()) == ["c.jpg", "copy of c.jpg"]
