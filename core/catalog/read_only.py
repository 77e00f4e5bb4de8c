"""Opens a catalog without writing to its folder."""

from __future__ import annotations

import sqlite3
from typing import TYPE_CHECKING

from core.errors import LibraryError

if TYPE_CHECKING:
    from pathlib import Path

NO_SHARED_MEMORY = {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}
PRIMARY_CODE = 0xFF


def connect_read_only(file: Path, timeout: float) -> sqlite3.Connection:
    """Return a connection that reads an existing catalog, even while another program writes to it.

    Raises:
        LibraryError: The latest changes to the catalog cannot be read.
    """
    uri = file.absolute().as_uri()
    db = sqlite3.connect(f"{uri}?mode=ro", uri=True, timeout=timeout, check_same_thread=False)
    try:
        db.execute("PRAGMA user_version").close()
    except sqlite3.OperationalError as error:
        db.close()
        if error.sqlite_errorcode & PRIMARY_CODE not in NO_SHARED_MEMORY:
            raise
    else:
        return db
    # SQLite needs a file of shared memory beside the catalog, which cannot be created in a folder without write access.
    # It does without one if nobody writes to the catalog and the catalog has no journal.
    _check_journal(file)
    return sqlite3.connect(f"{uri}?immutable=1", uri=True, timeout=timeout, check_same_thread=False)


def _check_journal(file: Path) -> None:
    """Check that no changes are left in the journal. Without them, the catalog may be inconsistent."""
    journal = file.with_name(f"{file.name}-wal")
    if journal.exists() and journal.stat().st_size:
        raise LibraryError(
            f"The latest changes to the catalog {file} are still in {journal.name}. They cannot be read, because the "
            "folder cannot be written. Allow writing to the folder, or open a copy of it on another disk with "
            "--library."
        )
