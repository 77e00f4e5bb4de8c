from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.catalog.sync_state import Ledger
from tests.core.catalog.entries import MODEL, OTHER_MODEL, OTHER_TARGET, TARGET, content, details, effort, photo, save

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root


@pytest.fixture
def ledger(database: Database) -> Ledger:
    return Ledger(database, TARGET)


def write(ledger: Ledger, *, flush: bool = True) -> list[int]:
    """Note what is pending as written to the index, and return the ids."""
    ids = ledger.pending()
    ledger.written(ledger.embedded(ids))
    if flush:
        ledger.flushed()
    return ids


def test_nothing_is_pending_or_held_at_first(ledger: Ledger) -> None:
    assert (ledger.pending(), ledger.stale(), ledger.held(), ledger.unflushed()) == ([], [], 0, 0)
    ledger.doubt()
    ledger.flushed()
    ledger.deleted([1])
    ledger.forget()


def test_embedded_photos_are_pending_until_written(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})

    assert sorted(ledger.pending()) == sorted(ids)
    write(ledger)
    assert ledger.pending() == []
    assert ledger.held() == 2


def test_photo_that_another_model_saw_is_not_pending(catalog: Catalog, root: Root, database: Database) -> None:
    save(catalog, root, {"a.jpg": 1}, OTHER_MODEL)

    assert Ledger(database, TARGET).pending() == []
    assert len(Ledger(database, replace(TARGET, model=OTHER_MODEL)).pending()) == 1


def test_failed_photo_is_not_pending(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])

    assert ledger.pending() == []


def test_photo_of_new_content_is_pending_again(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(ledger)

    save(catalog, root, {"a.jpg": 2})

    assert ledger.pending() == [key]
    assert ledger.stale() == []
    assert ledger.held() == 1
    assert ledger.embedded([key])[0].content == content(2)


def test_touched_photo_is_not_written_again(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    save(catalog, root, {"a.jpg": 1})
    write(ledger)

    catalog.save(root, [(photo(root, "a.jpg", mtime_ns=2), details(1))], {}, MODEL)

    assert ledger.pending() == []


def test_removed_photo_is_stale_until_deleted(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    first, _ = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(ledger)

    catalog.remove(root, [root.path / "a.jpg"])

    assert ledger.stale() == [first]
    assert ledger.held() == 2
    ledger.deleted([first])
    assert ledger.stale() == []
    assert ledger.held() == 1


def test_photo_that_can_no_longer_be_read_is_stale(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(ledger)

    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])

    assert ledger.stale() == [key]
    assert ledger.pending() == []


def test_photos_of_a_forgotten_root_are_stale(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(ledger)

    catalog.forget_root(root)
    catalog.purge()

    assert sorted(ledger.stale()) == sorted(ids)


def test_what_was_not_flushed_is_doubted(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (old,) = save(catalog, root, {"a.jpg": 1})
    write(ledger)
    (new,) = save(catalog, root, {"b.jpg": 2})
    write(ledger, flush=False)
    assert (ledger.held(), ledger.unflushed()) == (2, 1)

    ledger.doubt()

    assert ledger.pending() == [new]
    assert (ledger.held(), ledger.unflushed()) == (1, 0)
    assert old not in ledger.stale()


def test_what_was_not_flushed_and_is_gone_is_still_to_be_deleted(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (gone,) = save(catalog, root, {"a.jpg": 1})
    write(ledger, flush=False)
    catalog.remove(root, [root.path / "a.jpg"])

    ledger.doubt()

    assert ledger.stale() == [gone]


def test_new_content_is_in_doubt_until_flushed_too(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(ledger)
    save(catalog, root, {"a.jpg": 2})
    write(ledger, flush=False)

    ledger.doubt()

    assert ledger.pending() == [key]


def test_flushed_rows_are_not_doubted(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    save(catalog, root, {"a.jpg": 1})
    write(ledger)

    ledger.doubt()

    assert ledger.pending() == []
    assert ledger.held() == 1


def test_forgotten_index_has_everything_pending(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(ledger)

    ledger.forget()

    assert sorted(ledger.pending()) == sorted(ids)
    assert ledger.held() == 0


def test_two_indexes_know_nothing_of_each_other(catalog: Catalog, root: Root, database: Database) -> None:
    first, second = Ledger(database, TARGET), Ledger(database, OTHER_TARGET)
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(first, flush=False)
    write(second, flush=False)

    first.flushed()
    second.doubt()
    assert (first.held(), second.held()) == (1, 0)
    assert (first.pending(), second.pending()) == ([], [key])

    write(second)
    first.deleted([key])
    assert (first.held(), second.held()) == (0, 1)
    second.forget()
    write(first)
    first.forget()
    assert (first.held(), second.held()) == (0, 0)


def test_only_embedded_photos_are_handed_over(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    catalog.save_failures(root, [(photo(root, "b.jpg"), "It is damaged.", False)])

    assert [row.id for row in ledger.embedded([key, key + 1])] == [key]
    assert ledger.embedded([]) == []


def test_rows_that_were_flushed_but_not_sealed_are_in_doubt_after_a_cut(
    catalog: Catalog, root: Root, ledger: Ledger
) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(ledger)
    ledger.close("as it was")
    (late,) = save(catalog, root, {"c.jpg": 3})
    write(ledger)

    ledger.doubt()
    assert ledger.pending() == []

    ledger.doubt(unsealed=True)
    assert ledger.pending() == [late]
    assert sorted(ledger.held_ids()) == sorted(ids)


def test_a_seal_is_taken_once(catalog: Catalog, root: Root, ledger: Ledger) -> None:
    assert ledger.take_seal() == ""
    save(catalog, root, {"a.jpg": 1})
    write(ledger)
    ledger.close("as it was")

    assert (ledger.seal(), ledger.take_seal(), ledger.seal()) == ("as it was", "as it was", "")


def test_reading_some_embeddings_costs_the_same_in_a_large_library(
    database: Database, catalog: Catalog, root: Root, ledger: Ledger
) -> None:
    ids = save(catalog, root, {f"{seed}.jpg": seed for seed in range(200)})
    alone = effort(database, lambda: ledger.embedded(ids))
    save(catalog, root, {f"{seed}.jpg": seed for seed in range(200, 4000)})
    assert effort(database, lambda: ledger.embedded(ids)) < 2 * alone
