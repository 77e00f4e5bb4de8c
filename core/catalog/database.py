"""Opens the catalog's SQLite file, upgrades older versions and translates SQLite's errors for the user."""

from __future__ import annotations

import sqlite3
from contextlib import closing, contextmanager
from importlib import resources
from typing import TYPE_CHECKING

from core.catalog.read_only import connect_read_only
from core.errors import LibraryError, ReadOnlyLibraryError

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

VERSION = 8
BUSY_SECONDS = 30.0


class Database:
    """A connection to a catalog file.

    Several connections can read at the same time, but only one can write.
    """

    def __init__(self, file: Path, *, read_only: bool = False) -> None:
        """Open the catalog and create it if the file does not exist.

        With `read_only`, open an existing catalog and change nothing. Another program may write to it at the same time.

        Raises:
            ReadOnlyLibraryError: The file cannot be written, and `read_only` was not requested.
            LibraryError: The file is damaged, cannot be used or was written by another version of Semblance.
        """
        self._file, self._read_only = file, read_only
        with self._errors():
            # A connection may be opened, used and closed on different threads. SQLite serialises the calls.
            self._db = (
                connect_read_only(file, BUSY_SECONDS)
                if read_only
                else sqlite3.connect(file, timeout=BUSY_SECONDS, check_same_thread=False)
            )
            try:
                version = self._checked_version()
                if not read_only:
                    self._prepare(version)
            except BaseException:
                self._db.close()
                raise

    def close(self) -> None:
        """Close the connection."""
        self._db.close()

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Commit all statements of the block, or none if one fails.

        Raises:
            LibraryError: The file is damaged, or its disk is full or disconnected.
        """
        with self._errors(), self._db:
            yield self._db

    def damage(self) -> str:
        """Return what is wrong with the file, or an empty string. This reads the complete file."""
        with self._errors(), closing(self._db.execute("PRAGMA quick_check(1)")) as cursor:
            (answer,) = cursor.fetchone()
        return "" if answer == "ok" else str(answer)

    def count(self, rows: str, *values: str) -> int:
        """Return the number of rows. `rows` is SQL that may follow FROM: a table or a join, optionally with a WHERE."""
        with self._errors(), closing(self._db.execute(f"SELECT count(*) FROM {rows}", values)) as cursor:
            return int(cursor.fetchone()[0])

    def _checked_version(self) -> int:
        (version,) = self._db.execute("PRAGMA user_version").fetchone()
        if version > VERSION:
            raise LibraryError(
                f"The library {self._file.parent} was written by a newer version of Semblance. Update the program to "
                "open it."
            )
        if version < VERSION and self._read_only:
            raise LibraryError(
                f"The catalog {self._file} was written by an older version of Semblance and must be upgraded first. "
                "Open it once with this version where it can be written and no other program has it open."
            )
        return int(version)

    def _prepare(self, version: int) -> None:
        self._db.execute("PRAGMA journal_mode = WAL")
        # In WAL mode, NORMAL loses nothing when the program is killed. A power cut may lose the last transactions but
        # never damages the file.
        self._db.execute("PRAGMA synchronous = NORMAL")
        self._db.execute("PRAGMA foreign_keys = ON")
        # A new file gets the complete schema. An older one gets each upgrade that it lacks. If there is nothing to
        # write, this tries nevertheless, so that a file that cannot be written is found at once.
        scripts = [f"upgrade_to_{step}.sql" for step in range(version + 1, VERSION + 1)] if version else ["schema.sql"]
        texts = (resources.files("core.catalog").joinpath(name).read_text(encoding="utf-8") for name in scripts)
        end = "COMMIT" if version < VERSION else "ROLLBACK"
        self._db.executescript(f"BEGIN; {' '.join(texts)} PRAGMA user_version = {VERSION}; {end};")

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            if self._read_only:
                raise LibraryError(
                    f"The catalog {self._file} cannot be read ({error}). Check that its disk is connected. If another "
                    "program has changed it meanwhile, open the library again."
                ) from error
            if code == sqlite3.SQLITE_READONLY:
                raise ReadOnlyLibraryError(
                    f"The catalog {self._file} cannot be written. Allow writing to it, or choose another library with "
                    "--library."
                ) from error
            if code == sqlite3.SQLITE_FULL:
                raise LibraryError(
                    f"The disk with the catalog {self._file} is full. Free some space, then try again. Nothing is lost."
                ) from error
            raise LibraryError(
                f"The catalog {self._file} cannot be used ({error}). Check that its disk is connected and not full. "
                "If the file is damaged, delete it and index your folders again."
            ) from error
