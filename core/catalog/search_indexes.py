"""The search indexes that the catalog knows, and where the folders of other computers are on this one."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import Target

if TYPE_CHECKING:
    from core.catalog.database import Database


class SearchIndexes:
    """Every method may raise a `LibraryError`, see `Database.transaction`."""

    def __init__(self, database: Database) -> None:
        """Work on an open catalog file."""
        self._database = database

    def whole(self, location: str, model: str) -> list[Target]:
        """Return the indexes of a model in a place that have had all the catalog's photos, the newest first."""
        query = "SELECT place, model, spec FROM target WHERE place = ? AND model = ? AND whole ORDER BY id DESC"
        with self._database.transaction() as db:
            return [Target(*row) for row in db.execute(query, (location, model))]

    def others(self, target: Target) -> list[Target]:
        """Return every other index of the same model."""
        query = "SELECT place, model, spec FROM target WHERE model = ? AND NOT (place = ? AND spec = ?)"
        with self._database.transaction() as db:
            return [Target(*row) for row in db.execute(query, (target.model, target.location, target.spec))]

    def forget(self, target: Target) -> None:
        """Forget an index that is no longer there."""
        with self._database.transaction() as db:
            db.execute(
                "DELETE FROM target WHERE place = ? AND model = ? AND spec = ?",
                (target.location, target.model, target.spec),
            )

    def elsewhere(self) -> dict[str, Path]:
        """Return where the folders of other computers are here, by uuid."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT uuid, path FROM elsewhere").fetchall()
        return {uuid: Path(os.fsdecode(path)) for uuid, path in rows}

    def locate(self, uuid: str, path: Path) -> None:
        """Note where a folder of another computer is here."""
        with self._database.transaction() as db:
            db.execute("REPLACE INTO elsewhere VALUES (?, ?)", (uuid, os.fsencode(path)))
