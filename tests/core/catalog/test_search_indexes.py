from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.catalog.search_indexes import IndexRecords
from core.catalog.sync_state import SyncState
from tests.helpers.engine.catalog_entries import MODEL, OTHER_MODEL, OTHER_TARGET, TARGET, save

if TYPE_CHECKING:
    from core.catalog.database import Database
    from core.catalog.photos import Catalog
    from core.types import Root

NEWER_TARGET = replace(TARGET, spec="HNSW,M=16,efConstruction=200 IP")


@pytest.fixture
def indexes(database: Database) -> IndexRecords:
    return IndexRecords(database)


def test_complete_index_is_listed_until_it_is_forgotten(
    indexes: IndexRecords, database: Database, catalog: Catalog, root: Root
) -> None:
    save(catalog, root, {"a.jpg": 1})
    sync_state = SyncState(database, TARGET)
    sync_state.written(sync_state.embedded(sync_state.pending()))
    assert sync_state.is_known()
    assert indexes.whole(TARGET.location, MODEL) == []

    sync_state.complete()
    assert indexes.whole(TARGET.location, MODEL) == [TARGET]
    assert indexes.whole(TARGET.location, OTHER_MODEL) == indexes.whole(OTHER_TARGET.location, MODEL) == []

    sync_state.forget()
    assert indexes.whole(TARGET.location, MODEL) == []


def test_newest_complete_index_comes_first(indexes: IndexRecords, database: Database) -> None:
    for target in (TARGET, NEWER_TARGET):
        SyncState(database, target).complete()

    assert indexes.whole(TARGET.location, MODEL) == [NEWER_TARGET, TARGET]


def test_forgetting_an_index_deletes_the_records_of_its_rows(
    indexes: IndexRecords, database: Database, catalog: Catalog, root: Root
) -> None:
    save(catalog, root, {"a.jpg": 1})
    for target in (TARGET, OTHER_TARGET):
        sync_state = SyncState(database, target)
        sync_state.written(sync_state.embedded(sync_state.pending()))
    assert indexes.others(OTHER_TARGET) == [TARGET]

    indexes.forget(TARGET)

    assert indexes.others(OTHER_TARGET) == []
    assert (SyncState(database, TARGET).indexed_count(), SyncState(database, OTHER_TARGET).indexed_count()) == (0, 1)


def test_remote_folder_has_the_path_that_was_saved_last(indexes: IndexRecords) -> None:
    assert indexes.remote_locations() == {}

    indexes.locate("shared", Path("/mnt/old"))
    indexes.locate("shared", Path("/mnt/new"))

    assert indexes.remote_locations() == {"shared": Path("/mnt/new")}


def test_adding_a_located_remote_folder_keeps_its_uuid(indexes: IndexRecords, catalog: Catalog) -> None:
    indexes.locate("shared", Path("/mnt/photos"))

    assert catalog.add_root(Path("/mnt/photos")).uuid == "shared"
    assert catalog.add_root(Path("/mnt/others")).uuid != "shared"
