"""The catalog's SQLite file: opening it, its version, and its errors in words for the user."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from importlib import resources
from typing import TYPE_CHECKING

from core.errors import LibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 5
BUSY_SECONDS = 30.0


class Database:
    """One connection to a catalog file. Several may read at once; only one may write."""

    def __init__(self, file: Path) -> None:
        """Open the file, creating the catalog where there is none.

        Raises:
            LibraryError: The file is damaged, of a later version, or cannot be written.
        """
        self._file = file
        with self._errors():
            # Decoding threads ask the reading connection whether they need to decode; SQLite serialises that by itself.
            self._db = sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False)
            try:
                self._prepare()
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Run statements all or none.

        Raises:
            LibraryError: The file is damaged, or its disk is full or gone.
        """
        with self._errors(), self._db:
            yield self._db

    def damage(self) -> str:
        """Return what is wrong with the file, or nothing. Reads all of it."""
        with self._errors(), closing(self._db.execute("PRAGMA quick_check(1)")) as cursor:
            (answer,) = cursor.fetchone()
        return "" if answer == "ok" else str(answer)

    def count(self, rows: str, *values: str) -> int:
        """Return the number of rows of a table, a join or either with a WHERE: what may follow FROM."""
        with self._errors(), closing(self._db.execute(f"SELECT count(*) FROM {rows}", values)) as cursor:
            return int(cursor.fetchone()[0])

    def _prepare(self) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode NORMAL survives a killed program; a power cut may lose the last transactions, never the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise LibraryError(f"The catalog {self._file} was made by a later Semblance. Install that one to open it.")
        # A new file gets the whole schema, an older one each step that it lacks.
        scripts = [f"upgrade_to_{step}.sql" for step in range(version + 1, VERSION + 1)] if version else ["schema.sql"]
        if version < VERSION:
            texts = (resources.files("core.catalog").joinpath(name).read_text(encoding="utf-8") for name in scripts)
            self._db.executescript(f"BEGIN; {' '.join(texts)} PRAGMA user_version = {VERSION}; COMMIT;")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
                raise LibraryError(
                    f"The disk with the catalog {self._file} is full. Free some space and go on; nothing was lost."
                ) from error
            raise LibraryError(
                f"The catalog {self._file} cannot be used ({error}). Check that its disk is there and not full; "
                "if the file is damaged, delete it and index your folders again."
            ) from error
