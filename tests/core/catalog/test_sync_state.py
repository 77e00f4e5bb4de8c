from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.catalog.sync_state import SyncState
from tests.helpers.engine.catalog_entries import (
    MODEL,
    OTHER_MODEL,
    OTHER_TARGET,
    TARGET,
    content,
    details,
    photo,
    save,
    sqlite_steps,
)

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root


@pytest.fixture
def sync_state(database: Database) -> SyncState:
    return SyncState(database, TARGET)


def write(sync_state: SyncState, *, flush: bool = True) -> list[int]:
    """Record all pending photos as written to the index, and return their ids."""
    ids = sync_state.pending()
    sync_state.written(sync_state.embedded(ids))
    if flush:
        sync_state.flushed()
    return ids


def test_new_index_is_empty_and_allows_every_operation(sync_state: SyncState) -> None:
    assert (sync_state.pending(), sync_state.stale(), sync_state.indexed_count(), sync_state.unflushed()) == (
        [],
        [],
        0,
        0,
    )
    sync_state.discard_unflushed()
    sync_state.flushed()
    sync_state.deleted([1])
    sync_state.forget()


def test_embedded_photos_are_pending_until_written(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})

    assert sorted(sync_state.pending()) == sorted(ids)
    write(sync_state)
    assert sync_state.pending() == []
    assert sync_state.indexed_count() == 2


def test_photo_embedded_by_another_model_is_not_pending(catalog: Catalog, root: Root, database: Database) -> None:
    save(catalog, root, {"a.jpg": 1}, OTHER_MODEL)

    assert SyncState(database, TARGET).pending() == []
    assert len(SyncState(database, replace(TARGET, model=OTHER_MODEL)).pending()) == 1


def test_failed_photo_is_not_pending(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])

    assert sync_state.pending() == []


def test_photo_with_new_content_is_pending_again(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(sync_state)

    save(catalog, root, {"a.jpg": 2})

    assert sync_state.pending() == [key]
    assert sync_state.stale() == []
    assert sync_state.indexed_count() == 1
    assert sync_state.embedded([key])[0].content == content(2)


def test_photo_with_only_a_new_time_is_not_pending(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    save(catalog, root, {"a.jpg": 1})
    write(sync_state)

    catalog.save(root, [(photo(root, "a.jpg", mtime_ns=2), details(1))], {}, MODEL)

    assert sync_state.pending() == []


def test_removed_photo_is_stale_until_deleted(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    first, _ = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(sync_state)

    catalog.remove(root, [root.path / "a.jpg"])

    assert sync_state.stale() == [first]
    assert sync_state.indexed_count() == 2
    sync_state.deleted([first])
    assert sync_state.stale() == []
    assert sync_state.indexed_count() == 1


def test_photo_that_can_no_longer_be_read_is_stale(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(sync_state)

    catalog.save_failures(root, [(photo(root, "a.jpg"), "It is damaged.", False)])

    assert sync_state.stale() == [key]
    assert sync_state.pending() == []


def test_photos_of_a_forgotten_root_are_stale(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(sync_state)

    catalog.forget_root(root)
    catalog.purge()

    assert sorted(sync_state.stale()) == sorted(ids)


def test_doubt_makes_unflushed_photos_pending_again(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (old,) = save(catalog, root, {"a.jpg": 1})
    write(sync_state)
    (new,) = save(catalog, root, {"b.jpg": 2})
    write(sync_state, flush=False)
    assert (sync_state.indexed_count(), sync_state.unflushed()) == (2, 1)

    sync_state.discard_unflushed()

    assert sync_state.pending() == [new]
    assert (sync_state.indexed_count(), sync_state.unflushed()) == (1, 0)
    assert old not in sync_state.stale()


def test_doubt_keeps_removed_photos_stale(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (gone,) = save(catalog, root, {"a.jpg": 1})
    write(sync_state, flush=False)
    catalog.remove(root, [root.path / "a.jpg"])

    sync_state.discard_unflushed()

    assert sync_state.stale() == [gone]


def test_doubt_makes_unflushed_new_content_pending_again(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(sync_state)
    save(catalog, root, {"a.jpg": 2})
    write(sync_state, flush=False)

    sync_state.discard_unflushed()

    assert sync_state.pending() == [key]


def test_doubt_keeps_flushed_rows(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    save(catalog, root, {"a.jpg": 1})
    write(sync_state)

    sync_state.discard_unflushed()

    assert sync_state.pending() == []
    assert sync_state.indexed_count() == 1


def test_forgetting_an_index_makes_all_photos_pending(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(sync_state)

    sync_state.forget()

    assert sorted(sync_state.pending()) == sorted(ids)
    assert sync_state.indexed_count() == 0


def test_indexes_are_tracked_independently(catalog: Catalog, root: Root, database: Database) -> None:
    first, second = SyncState(database, TARGET), SyncState(database, OTHER_TARGET)
    (key,) = save(catalog, root, {"a.jpg": 1})
    write(first, flush=False)
    write(second, flush=False)

    first.flushed()
    second.discard_unflushed()
    assert (first.indexed_count(), second.indexed_count()) == (1, 0)
    assert (first.pending(), second.pending()) == ([], [key])

    write(second)
    first.deleted([key])
    assert (first.indexed_count(), second.indexed_count()) == (0, 1)
    second.forget()
    write(first)
    first.forget()
    assert (first.indexed_count(), second.indexed_count()) == (0, 0)


def test_only_photos_with_an_embedding_are_returned(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    catalog.save_failures(root, [(photo(root, "b.jpg"), "It is damaged.", False)])

    assert [row.id for row in sync_state.embedded([key, key + 1])] == [key]
    assert sync_state.embedded([]) == []


def test_doubt_of_unsealed_rows_drops_those_flushed_since_the_last_close(
    catalog: Catalog, root: Root, sync_state: SyncState
) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    write(sync_state)
    sync_state.close("as it was")
    (late,) = save(catalog, root, {"c.jpg": 3})
    write(sync_state)

    sync_state.discard_unflushed()
    assert sync_state.pending() == []

    sync_state.discard_unflushed(since_close=True)
    assert sync_state.pending() == [late]
    assert sorted(sync_state.indexed_ids()) == sorted(ids)


def test_fingerprint_can_be_taken_only_once(catalog: Catalog, root: Root, sync_state: SyncState) -> None:
    assert sync_state.take_fingerprint() == ""
    save(catalog, root, {"a.jpg": 1})
    write(sync_state)
    sync_state.close("as it was")

    assert (sync_state.fingerprint(), sync_state.take_fingerprint(), sync_state.fingerprint()) == (
        "as it was",
        "as it was",
        "",
    )


def test_reading_some_embeddings_costs_the_same_in_a_large_library(
    database: Database, catalog: Catalog, root: Root, sync_state: SyncState
) -> None:
    ids = save(catalog, root, {f"{seed}.jpg": seed for seed in range(200)})
    alone = sqlite_steps(database, lambda: sync_state.embedded(ids))
    save(catalog, root, {f"{seed}.jpg": seed for seed in range(200, 4000)})
    assert sqlite_steps(database, lambda: sync_state.embedded(ids)) < 2 * alone
