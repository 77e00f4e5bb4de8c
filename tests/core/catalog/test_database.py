from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import VERSION, Database
from core.catalog.photos import REREAD, Catalog
from core.catalog.sync_state import SyncState
from core.errors import LibraryError
from core.types import Rules
from tests.helpers.engine.catalog_entries import MODEL, PLACE, TARGET, save

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Root

HALF_DONE = """
import os, sys
from pathlib import Path
from core.catalog.database import Database
database = Database(Path(sys.argv[1]))
with database.transaction() as db:
    db.execute("INSERT INTO model (key) VALUES ('half done')")
    print("in the middle", flush=True)
    sys.stdin.read()
"""


def test_what_was_written_is_there_after_opening_again(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        save(catalog, root, {"a.jpg": 1})
        written = catalog.known(root, "model-1")

    with closing(Database(file)) as database:
        catalog = Catalog(database)

        assert catalog.roots() == [root]
        assert catalog.known(root, "model-1") == written


def test_catalog_of_a_later_version_is_refused_and_left_alone(file: Path) -> None:
    Database(file).close()
    with closing(sqlite3.connect(file)) as db:
        db.execute(f"PRAGMA user_version = {VERSION + 1}")
    before = file.read_bytes()

    with pytest.raises(LibraryError, match=rf"{file} was made by a later version of Semblance. Install that version"):
        Database(file)

    assert file.read_bytes() == before


def test_catalog_of_the_first_version_keeps_its_photos_and_embeddings(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        ids = save(catalog, root, {"a.jpg": 1})
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            """
            ALTER TABLE root DROP COLUMN exclude; ALTER TABLE root DROP COLUMN smallest; DROP TABLE mount;
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


def test_catalog_without_rules_keeps_its_index_and_takes_them(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        save(catalog, root, {"a.jpg": 1})
        SyncState(database, TARGET).complete()
    with closing(sqlite3.connect(file)) as db:
        db.executescript(
            """
            ALTER TABLE root DROP COLUMN exclude; ALTER TABLE root DROP COLUMN smallest; DROP TABLE mount;
            PRAGMA user_version = 2;
            """
        )

    with closing(Database(file)) as database:
        assert Catalog(database).roots() == [root]
        changed = Catalog(database).set_rules(root, Rules("raw/", 100))
    with closing(Database(file)) as database:
        assert Catalog(database).roots() == [changed]
        assert SyncState(database, TARGET).is_known()


def test_photos_known_by_the_hash_of_before_are_read_again_and_found_meanwhile(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        (photo,) = save(catalog, root, {"a.jpg": 1})
        before = catalog.known(root, MODEL)
    with closing(sqlite3.connect(file)) as db:
        db.executescript("DROP TABLE mount; PRAGMA user_version = 3;")

    with closing(Database(file)) as database:
        known = Catalog(database).known(root, MODEL)
        assert known.keys() == before.keys()
        assert [known[path].file.size for path in known] == [REREAD]
        assert Catalog(database).find([photo]).keys() == {photo}


def test_catalog_without_mount_points_keeps_its_photos_and_takes_them(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        save(catalog, root, {"nas/a.jpg": 1})
        before = catalog.known(root, MODEL)
    with closing(sqlite3.connect(file)) as db:
        db.executescript("DROP TABLE mount; PRAGMA user_version = 4;")

    with closing(Database(file)) as database:
        catalog = Catalog(database)
        assert (catalog.known(root, MODEL), catalog.mounts(root)) == (before, set())
        catalog.set_mounts(root, [root.path / "nas"])
    with closing(Database(file)) as database:
        assert Catalog(database).mounts(root) == {root.path / "nas"}


@pytest.mark.parametrize(
    "content", [b"not a database at all, but a long enough text" * 100, b"SQLite format 3\0" * 300]
)
def test_damaged_file_is_an_error_that_names_it_and_a_remedy(file: Path, content: bytes) -> None:
    file.write_bytes(content)

    with pytest.raises(LibraryError, match=r"catalog\.sqlite cannot be used .*delete it and index your folders again"):
        Database(file)


def test_damage_inside_is_an_error_when_it_is_met(file: Path) -> None:
    with closing(Database(file)) as database:
        catalog = Catalog(database)
        root = catalog.add_root(PLACE)
        save(catalog, root, {f"{number}.jpg": number for number in range(300)})
    size = file.stat().st_size
    with file.open("r+b") as opened:
        opened.seek(4096)
        opened.write(b"\xab" * (size - 4096))

    with closing(Database(file)) as database, pytest.raises(LibraryError, match="cannot be used"):
        Catalog(database).known(root, "model-1")


def test_other_database_is_not_taken_for_a_catalog(file: Path) -> None:
    with closing(sqlite3.connect(file)) as db:
        db.execute("CREATE TABLE root (something TEXT)")

    with pytest.raises(LibraryError):
        Database(file)


def test_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match="Check that its disk is connected"):
        Database(tmp_path / "gone" / "catalog.sqlite")


def test_creation_that_was_cut_off_is_begun_again(file: Path) -> None:
    file.touch()

    with closing(Database(file)) as database:
        assert Catalog(database).roots() == []


def test_failing_transaction_leaves_nothing(database: Database, catalog: Catalog) -> None:
    def half() -> None:
        with database.transaction() as db:
            db.execute("INSERT INTO model (key) VALUES ('half')")
            db.execute("INSERT INTO nowhere VALUES (1)")

    with pytest.raises(LibraryError):
        half()

    assert database.count("model") == 0
    assert catalog.roots() == []


def test_killed_program_leaves_the_last_whole_state(file: Path, root: Root, catalog: Catalog) -> None:
    save(catalog, root, {"a.jpg": 1})
    with subprocess.Popen(
        [sys.executable, "-c", HALF_DONE, file],
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


def test_reader_sees_what_the_writer_has_finished(file: Path, catalog: Catalog, root: Root) -> None:
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
