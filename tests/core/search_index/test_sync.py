from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.sync_state import SyncState
from core.errors import LibraryError, VectorIndexError
from core.search_index.sync import BATCH, CopyProgress, Synchroniser
from core.vectors.index import Row
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, OTHER_TARGET, TARGET, details, photo, save, vector
from tests.helpers.search_index.unreliable_index import UnreliableIndex

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.types import Root


def finish(steps: Iterator[CopyProgress]) -> list[CopyProgress]:
    return list(steps)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with closing(Database(tmp_path / "catalog.sqlite")) as database:
        yield database


@pytest.fixture
def catalog(database: Database) -> Catalog:
    return Catalog(database)


@pytest.fixture
def root(catalog: Catalog) -> Root:
    return catalog.add_root(FOLDER)


@pytest.fixture
def sync_state(database: Database) -> SyncState:
    return SyncState(database, TARGET)


@pytest.fixture
def index() -> UnreliableIndex:
    return UnreliableIndex()


@pytest.fixture
def synchroniser(sync_state: SyncState, index: UnreliableIndex) -> Synchroniser:
    return Synchroniser(sync_state, index)


def test_pushed_photos_are_searchable_at_once(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    (key,) = save(catalog, root, {"sub/a.jpg": 1})

    synchroniser.push([key])

    (found,) = index.search(vector(1)[np.newaxis], 5)
    assert [match.id for match in found] == [key]
    assert catalog.counts(TARGET).searchable == 1
    assert index.flushes == 0


def test_sync_flushes_pushed_photos_once(
    catalog: Catalog, root: Root, index: UnreliableIndex, sync_state: SyncState, synchroniser: Synchroniser
) -> None:
    synchroniser.push(save(catalog, root, {"a.jpg": 1, "b.jpg": 2}))

    finish(synchroniser.sync())
    finish(synchroniser.sync())

    assert (index.flushes, len(index.writes)) == (1, 1)
    assert (sync_state.indexed_count(), sync_state.unflushed()) == (2, 0)


def test_sync_copies_photos_that_were_never_pushed(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    ids = save(catalog, root, {f"{number}.jpg": number for number in range(BATCH + 7)})

    finish(synchroniser.sync())

    assert index.ids() == sorted(ids)
    assert [len(write) for write in index.writes] == [BATCH, 7]


def test_sync_deletes_removed_photos_and_flushes_the_deletion(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    names = {f"{number}.jpg": number for number in range(BATCH + 8)}
    ids = save(catalog, root, names)
    finish(synchroniser.sync())
    catalog.remove(root, [root.path / name for name in list(names)[1:]])

    finish(synchroniser.sync())
    index.crash()

    assert index.ids() == ids[:1]
    assert index.flushes == 2


def test_sync_replaces_changed_photos(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    finish(synchroniser.sync())
    save(catalog, root, {"a.jpg": 2})

    finish(synchroniser.sync())

    assert index.vector_of(key) == vector(2).tolist()
    assert index.count() == 1


def test_rows_written_but_not_flushed_are_written_again(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    (first,) = save(catalog, root, {"a.jpg": 1})
    finish(synchroniser.sync())
    (second,) = save(catalog, root, {"b.jpg": 2})
    synchroniser.push([second])
    index.crash()
    assert index.ids() == [first]

    finish(synchroniser.reconcile())

    assert index.ids() == sorted([first, second])
    assert index.clears == 0


def test_changed_row_that_was_not_flushed_is_written_again(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    (key,) = save(catalog, root, {"a.jpg": 1})
    finish(synchroniser.sync())
    synchroniser.push(save(catalog, root, {"a.jpg": 2}))
    index.crash()
    assert index.vector_of(key) == vector(1).tolist()

    finish(synchroniser.reconcile())

    assert index.vector_of(key) == vector(2).tolist()


def test_intact_index_is_not_changed(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    finish(synchroniser.sync())

    finish(synchroniser.reconcile())

    assert (len(index.writes), index.flushes, index.clears) == (1, 1, 0)


@pytest.mark.parametrize("damage", ["lost", "all lost", "doubled", "foreign"])
def test_damaged_index_is_rebuilt(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser, damage: str
) -> None:
    ids = save(catalog, root, {f"{number}.jpg": number for number in range(5)})
    finish(synchroniser.sync())
    if damage == "lost":
        index.delete(ids[:2])
    elif damage == "all lost":
        index.delete(ids)
    elif damage == "doubled":
        index.duplicates = 1
    else:
        index.upsert([Row(12345, "another root", "a.jpg", "elsewhere: /photos", vector(9))])

    finish(synchroniser.reconcile())
    index.crash()

    assert index.clears == 1
    assert index.ids() == sorted(ids)
    assert index.count() == 5


def test_new_index_gets_all_photos_of_the_catalog(catalog: Catalog, root: Root, database: Database) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    finish(Synchroniser(SyncState(database, OTHER_TARGET), UnreliableIndex()).reconcile())
    index = UnreliableIndex()

    finish(Synchroniser(SyncState(database, TARGET), index).reconcile())

    assert index.ids() == sorted(ids)


def test_sync_after_an_index_error_copies_the_missing_photos(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser, sync_state: SyncState
) -> None:
    ids = save(catalog, root, {"a.jpg": 1, "b.jpg": 2})
    index.is_broken = True
    with pytest.raises(VectorIndexError):
        finish(synchroniser.sync())
    assert sync_state.indexed_count() == 0
    index.is_broken = False

    finish(synchroniser.sync())

    assert index.ids() == sorted(ids)


def test_failed_flush_leaves_the_rows_recorded_as_unflushed(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser, sync_state: SyncState
) -> None:
    synchroniser.push(save(catalog, root, {"a.jpg": 1}))
    index.is_broken = True

    with pytest.raises(VectorIndexError):
        finish(synchroniser.sync())

    assert sync_state.unflushed() == 1


def test_photo_without_an_embedding_is_not_pushed(
    catalog: Catalog, root: Root, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    ids = catalog.save(root, [(photo(root, "a.jpg"), details(1))], {}, MODEL)

    synchroniser.push(ids)

    assert index.count() == 0


class SharedIndex(UnreliableIndex):
    """An index that also has rows of other libraries."""

    @property
    def is_shared(self) -> bool:
        return True


@pytest.fixture
def shared() -> SharedIndex:
    index = SharedIndex()
    index.upsert(
        [
            Row(1, "of another library", "a.jpg", "elsewhere: /photos", vector(90)),
            Row(2, "of another library", "b.jpg", "elsewhere: /photos", vector(91)),
        ]
    )
    return index


def test_rows_of_other_libraries_are_not_changed(
    catalog: Catalog, root: Root, sync_state: SyncState, shared: SharedIndex
) -> None:
    ids = save(catalog, root, {"c.jpg": 1, "d.jpg": 2})

    for _ in range(2):
        finish(Synchroniser(sync_state, shared).reconcile())

    assert shared.ids() == sorted([1, 2, *ids])
    assert shared.clears == 0


def test_own_rows_lost_by_a_shared_index_are_copied_again(
    catalog: Catalog, root: Root, sync_state: SyncState, shared: SharedIndex
) -> None:
    ids = save(catalog, root, {"c.jpg": 1, "d.jpg": 2, "e.jpg": 3})
    finish(Synchroniser(sync_state, shared).reconcile())
    shared.delete([1, 2, ids[0]])
    shared.flush()

    finish(Synchroniser(sync_state, shared).reconcile())

    assert shared.ids() == sorted(ids)
    assert shared.clears == 0


def test_lost_rows_are_noticed_even_if_other_libraries_have_more(
    catalog: Catalog, root: Root, sync_state: SyncState, shared: SharedIndex
) -> None:
    ids = save(catalog, root, {"c.jpg": 1})
    finish(Synchroniser(sync_state, shared).reconcile())
    shared.delete(ids)
    shared.flush()
    assert shared.count() > sync_state.indexed_count()

    finish(Synchroniser(sync_state, shared).reconcile())

    assert set(ids) <= set(shared.ids())


def test_copying_stops_before_the_disk_is_full_and_continues_when_there_is_space(
    catalog: Catalog, root: Root, sync_state: SyncState, index: UnreliableIndex
) -> None:
    save(catalog, root, {f"{number}.jpg": number for number in range(2 * BATCH + 1)})
    room = [None, None]

    def check_space() -> None:
        if not room:
            raise LibraryError("The disk is nearly full.")
        room.pop()

    with pytest.raises(LibraryError, match="nearly full"):
        finish(Synchroniser(sync_state, index, check_space).reconcile())
    assert len(index.writes) == 2

    finish(Synchroniser(sync_state, index).reconcile())
    assert index.count() == sync_state.indexed_count() == 2 * BATCH + 1


def test_catalog_can_change_between_the_steps_of_a_long_copy(
    catalog: Catalog, root: Root, sync_state: SyncState, index: UnreliableIndex, synchroniser: Synchroniser
) -> None:
    save(catalog, root, {f"{number}.jpg": number for number in range(2 * BATCH + 1)})
    steps = synchroniser.reconcile()
    assert next(steps) == CopyProgress(BATCH, 2 * BATCH + 1)
    catalog.remove(root, [root.path / "0.jpg", root.path / f"{2 * BATCH}.jpg"])
    synchroniser.push(save(catalog, root, {"new.jpg": 7000}))

    assert finish(steps)[-1] == CopyProgress(2 * BATCH + 1, 2 * BATCH + 1)

    finish(synchroniser.sync())
    index.crash()
    assert index.count() == sync_state.indexed_count() == 2 * BATCH
