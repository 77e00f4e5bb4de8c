from __future__ import annotations

import pickle
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.catalog.stored_details import StoredDetails
from core.errors import LibraryError
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, OTHER_MODEL, content, details, save

if TYPE_CHECKING:
    from pathlib import Path


def test_process_sees_what_another_process_has_embedded_meanwhile(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"a.jpg": 1})
        stored: StoredDetails = pickle.loads(pickle.dumps(StoredDetails(file, MODEL)))  # as sent to a process
        assert stored(content(1)) == details(1)
        assert stored(content(2)) is None
        save(catalog, root, {"b.jpg": 2})
        assert stored(content(2)) == details(2)


def test_embeddings_of_another_model_do_not_count(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        save(catalog, catalog.add_root(FOLDER), {"a.jpg": 1})
        assert StoredDetails(file, OTHER_MODEL)(content(1)) is None


def test_catalog_that_cannot_be_opened_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError):
        StoredDetails(tmp_path / "gone.sqlite", MODEL)(content(1))
