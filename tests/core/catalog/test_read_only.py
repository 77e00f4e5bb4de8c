from __future__ import annotations

import sqlite3
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import VERSION, Database
from core.catalog.photos import Catalog
from core.errors import LibraryError, ReadOnlyLibraryError
from tests.helpers.engine.catalog_entries import FOLDER, save
from tests.helpers.engine.read_only import refuse_shared_memory

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """Return a catalog with one root in a folder whose name is special in a URI."""
    folder = tmp_path / "50% of #1?"
    folder.mkdir()
    with closing(Database(folder / "catalog.sqlite")) as database:
        Catalog(database).add_root(FOLDER)
    return folder / "catalog.sqlite"


def test_catalog_is_read_while_another_program_writes_to_it(file: Path) -> None:
    with closing(Database(file)) as writer, closing(Database(file, read_only=True)) as reader:
        catalog = Catalog(writer)
        (root,) = catalog.roots()
        save(catalog, root, {"a.jpg": 1})
        assert reader.count("photo") == 1
        with writer.transaction() as db:
            db.execute("DELETE FROM photo")
            assert reader.count("photo") == 1, "the other program has not committed yet"
        assert reader.count("photo") == 0


def test_reading_does_not_keep_another_program_from_writing(file: Path) -> None:
    with closing(Database(file)) as writer, closing(Database(file, read_only=True)) as reader:
        with reader.transaction() as db, closing(db.execute("SELECT uuid FROM root")) as rows:
            assert rows.fetchone()
            save(Catalog(writer), Catalog(writer).roots()[0], {"a.jpg": 1})
        assert reader.count("photo") == 1


def test_read_only_catalog_cannot_be_changed(file: Path) -> None:
    with closing(Database(file, read_only=True)) as reader:
        with pytest.raises(LibraryError, match=r"cannot be read \(attempt to write"):
            Catalog(reader).add_root(FOLDER / "other")
        assert reader.count("root") == 1


def test_missing_catalog_is_not_created_for_reading(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be read"):
        Database(tmp_path / "catalog.sqlite", read_only=True)
    assert list(tmp_path.iterdir()) == []


def test_catalog_is_read_in_a_folder_without_write_access(file: Path) -> None:
    refuse_shared_memory(file)
    with closing(Database(file, read_only=True)) as reader:
        assert [root.path for root in Catalog(reader).roots()] == [FOLDER]


def test_changes_that_cannot_be_read_are_reported_instead_of_ignored(file: Path) -> None:
    with closing(Database(file)) as writer:
        save(Catalog(writer), Catalog(writer).roots()[0], {"a.jpg": 1})
        journal = file.with_name("catalog.sqlite-wal")
        changes = journal.read_bytes()
        assert changes
    journal.write_bytes(changes)
    refuse_shared_memory(file)

    with pytest.raises(LibraryError, match=r"are still in catalog\.sqlite-wal.*Allow writing to the folder"):
        Database(file, read_only=True)

    journal.write_bytes(b"")
    Database(file, read_only=True).close()


@pytest.mark.parametrize(("version", "writer"), [(VERSION + 1, "a newer version"), (VERSION - 1, "an older version")])
def test_catalog_of_another_version_is_refused_and_not_changed(file: Path, version: int, writer: str) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {version}")
    before = file.read_bytes()

    with pytest.raises(LibraryError, match=f"was written by {writer}"):
        Database(file, read_only=True)

    assert file.read_bytes() == before


def test_damaged_catalog_is_refused_without_advice_to_delete_it(tmp_path: Path) -> None:
    (tmp_path / "catalog.sqlite").write_bytes(b"This is no database. " * 100)

    with pytest.raises(LibraryError, match="cannot be read") as caught:
        Database(tmp_path / "catalog.sqlite", read_only=True)

    assert "delete" not in str(caught.value)


def test_file_that_cannot_be_written_is_reported_at_once(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    connect = sqlite3.connect

    def connect_without_permission(database: Path, timeout: float, *, check_same_thread: bool) -> sqlite3.Connection:
        uri = f"{database.as_uri()}?mode=ro"
        return connect(uri, uri=True, timeout=timeout, check_same_thread=check_same_thread)

    monkeypatch.setattr(sqlite3, "connect", connect_without_permission)

    with pytest.raises(ReadOnlyLibraryError, match=r"catalog\.sqlite cannot be written"):
        Database(file)
