from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import VERSION, Database
from core.catalog.missing_metadata import MissingMetadata
from core.catalog.photos import REREAD, Catalog
from core.catalog.sync_state import SyncState
from core.errors import LibraryError
from core.types import Metadata, PhotoDetails, Rules
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, TARGET, content, details, save

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Root

BEGINNING = 32 * 4096
"""The schema, in bytes, without which a catalog cannot be opened."""

UNFINISHED_WRITE = """
import os, sys
from pathlib import Path
from core.catalog.database import Database
database = Database(Path(sys.argv[1]))
with database.transaction() as db:
    db.execute("INSERT INTO model (key) VALUES ('half done')")
    print("in the middle", flush=True)
    sys.stdin.read()
"""

NO_METADATA = "DROP TABLE pair; DROP TABLE compared; DROP INDEX content_without_metadata; " + " ".join(
    f"ALTER TABLE content DROP COLUMN {column};"
    for column in ("has_metadata", "utc_offset", "camera", "latitude", "longitude")
)
NO_INCOMPLETE = f"{NO_METADATA} DROP INDEX incomplete_content; ALTER TABLE content DROP COLUMN incomplete;"
NO_CHANGE_TIME = f"{NO_INCOMPLETE} ALTER TABLE photo DROP COLUMN ctime_ns;"
"""SQL that gives the photos the columns of version 5."""


def test_saved_photos_are_still_there_after_reopening(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"a.jpg": 1})
        written = catalog.known(root, "model-1")

    with closing(Database(file)) as database:
        catalog = Catalog(database)

        assert catalog.roots() == [root]
        assert catalog.known(root, "model-1") == written


def test_catalog_of_a_newer_version_is_refused_and_not_changed(file: Path) -> None:
    Database(file).close()
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = file.read_bytes()

    with pytest.raises(LibraryError, match=rf"{file.parent} was written by a newer version of Semblance\. Update"):
        Database(file)

    assert file.read_bytes() == before


def test_upgrade_from_version_1_keeps_photos_and_embeddings(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        ids = save(catalog, root, {"a.jpg": 1})
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            f"""
            ALTER TABLE root DROP COLUMN exclude; ALTER TABLE root DROP COLUMN smallest; DROP TABLE mount;
            {NO_CHANGE_TIME}
            DROP TABLE indexed; DROP TABLE target; DROP TABLE elsewhere; ALTER TABLE content DROP COLUMN provisional;
            CREATE TABLE target (id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE);
            CREATE TABLE indexed (target INTEGER, photo INTEGER, content BLOB, durable INTEGER);
            INSERT INTO target (name) VALUES ('lite semblance');
            PRAGMA user_version = 1;
            """
        )

    for _ in range(2):
        with closing(Database(file)) as database:
            assert Catalog(database).roots() == [root]
            assert SyncState(database, TARGET).pending() == ids
            assert database.count("target") == 0


def test_upgrade_from_version_2_keeps_the_index_and_adds_rules(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"a.jpg": 1})
        SyncState(database, TARGET).complete()
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            f"""
            ALTER TABLE root DROP COLUMN exclude; ALTER TABLE root DROP COLUMN smallest; DROP TABLE mount;
            {NO_CHANGE_TIME}
            PRAGMA user_version = 2;
            """
        )

    with closing(Database(file)) as database:
        assert Catalog(database).roots() == [root]
        changed = Catalog(database).set_rules(root, Rules("raw/", 100))
    with closing(Database(file)) as database:
        assert Catalog(database).roots() == [changed]
        assert SyncState(database, TARGET).is_known()


def test_upgrade_from_version_3_marks_photos_to_be_reread_but_still_finds_them(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        (photo,) = save(catalog, root, {"a.jpg": 1})
        before = catalog.known(root, MODEL)
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"DROP TABLE mount; {NO_CHANGE_TIME} PRAGMA user_version = 3;")

    with closing(Database(file)) as database:
        known = Catalog(database).known(root, MODEL)
        assert known.keys() == before.keys()
        assert [known[path].file.size for path in known] == [REREAD]
        assert Catalog(database).find([photo]).keys() == {photo}


def test_upgrade_from_version_4_keeps_photos_and_adds_mount_points(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"nas/a.jpg": 1})
        before = catalog.known(root, MODEL)
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"DROP TABLE mount; {NO_CHANGE_TIME} PRAGMA user_version = 4;")

    with closing(Database(file)) as database:
        catalog = Catalog(database)
        assert (catalog.known(root, MODEL), catalog.mounts(root)) == (before, set())
        catalog.set_mounts(root, [root.path / "nas"])
    with closing(Database(file)) as database:
        assert Catalog(database).mounts(root) == {root.path / "nas"}


def test_upgrade_from_version_5_records_change_times_with_the_next_scan(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"a.jpg": 1})
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"{NO_CHANGE_TIME} PRAGMA user_version = 5;")

    with closing(Database(file)) as database:
        catalog = Catalog(database)
        (old,) = catalog.known(root, MODEL).values()
        assert old.file.ctime_ns is None
        catalog.save_change_times(root, [replace(old.file, ctime_ns=7)])
        (new,) = catalog.known(root, MODEL).values()
        assert new.file.ctime_ns == 7


def test_upgrade_from_version_6_takes_every_photo_for_complete(file: Path) -> None:
    with closing(Database(file)) as database:
        save(Catalog(database), Catalog(database).add_root(FOLDER), {"a.jpg": 1})
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"{NO_INCOMPLETE} PRAGMA user_version = 6;")

    with closing(Database(file)) as database:
        assert Catalog(database).failures() == []
        assert Catalog(database).details(content(1), MODEL) == only_date(details(1))


def test_upgrade_from_version_7_keeps_dates_and_lacks_other_metadata(file: Path) -> None:
    with closing(Database(file)) as database:
        root = Catalog(database).add_root(FOLDER)
        save(Catalog(database), root, {"a.jpg": 1})
        assert MissingMetadata(database).count(root) == 0
    with closing(sqlite3.connect(file)) as db:
        db.executescript(f"{NO_METADATA} PRAGMA user_version = 7;")

    with closing(Database(file)) as database:
        assert Catalog(database).details(content(1), MODEL) == only_date(details(1))
        assert MissingMetadata(database).count(root) == 1


def only_date(details: PhotoDetails) -> PhotoDetails:
    return replace(details, metadata=Metadata(details.metadata.taken_at))


@pytest.mark.parametrize(
    "content", [b"not a database at all, but a long enough text" * 100, b"SQLite format 3\0" * 300]
)
def test_error_for_a_damaged_file_names_it_and_a_remedy(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be used .*delete it and index your folders again"):
        Database(file)


def test_damage_inside_the_file_is_an_error_when_it_is_read(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {f"{number}.jpg": number for number in range(300)})
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(BEGINNING)
        opened.write(b"\xab" * (size - BEGINNING))

    with closing(Database(file)) as database, pytest.raises(LibraryError, match="cannot be used"):
        Catalog(database).known(root, "model-1")


def test_database_of_another_program_is_refused(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE root (something TEXT)")

    with pytest.raises(LibraryError):
        Database(file)


def test_missing_folder_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="Check that its disk is connected"):
        Database(tmp_path / "gone" / "catalog.sqlite")


def test_empty_file_of_an_interrupted_creation_becomes_a_new_catalog(file: Path) -> None:
    file.touch()

    with closing(Database(file)) as database:
        assert Catalog(database).roots() == []


def test_failed_transaction_changes_nothing(database: Database, catalog: Catalog) -> None:
    def fail_halfway() -> None:
        with database.transaction() as db:
            db.execute("INSERT INTO model (key) VALUES ('half')")
            db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(LibraryError):
        fail_halfway()

    assert database.count("model") == 0
    assert catalog.roots() == []


def test_killing_the_program_loses_only_the_unfinished_transaction(file: Path, root: Root, catalog: Catalog) -> None:
    save(catalog, root, {"a.jpg": 1})
    with subprocess.Popen(
        [sys.executable, "-c", UNFINISHED_WRITE, file],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)},
    ) as program:
        assert program.stdout is not None
        assert program.stdout.readline() == "in the middle\n"
        program.kill()

    with closing(Database(file)) as database:
        assert database.count("model WHERE key = 'half done'") == 0
        assert len(Catalog(database).known(root, "model-1")) == 1


def test_reader_sees_committed_changes(file: Path, catalog: Catalog, root: Root) -> None:
    with closing(Database(file)) as second:
        reader = Catalog(second)
        assert reader.photos_in(root) == 0

        save(catalog, root, {"a.jpg": 1})

        assert reader.photos_in(root) == 1


def test_reader_does_not_wait_for_the_writer(file: Path, database: Database, root: Root) -> None:
    with closing(Database(file)) as second, database.transaction() as db:
        db.execute("INSERT INTO model (key) VALUES ('unfinished')")

        assert Catalog(second).roots() == [root]
        assert second.count("model") == 0
