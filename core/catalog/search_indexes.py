"""Stores which search indexes exist, and the paths of remote folders on this computer."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from core.types import Target

if TYPE_CHECKING:
    from core.catalog.database import Database


class IndexRecords:
    """The search indexes and remote folders that are recorded in the catalog.

    Every method may raise a `LibraryError`, see `Database.transaction`.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def whole(self, location: str, model: str) -> list[Target]:
        """Return the indexes of a model at a location that were complete at some time, the newest first."""
        query = "SELECT place, model, spec FROM target WHERE place = ? AND model = ? AND whole ORDER BY id DESC"
        with self._database.transaction() as db:
            return [Target(*row) for row in db.execute(query, (location, model))]

    def of_model(self, model: str) -> list[Target]:
        """Return all indexes of a model."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT place, model, spec FROM target WHERE model = ?", (model,))
            return [Target(*row) for row in rows]

    def others(self, target: Target) -> list[Target]:
        """Return all other indexes of the same model."""
        query = "SELECT place, model, spec FROM target WHERE model = ? AND NOT (place = ? AND spec = ?)"
        with self._database.transaction() as db:
            return [Target(*row) for row in db.execute(query, (target.model, target.location, target.spec))]

    def forget(self, target: Target) -> None:
        """Delete the record of an index that no longer exists."""
        with self._database.transaction() as db:
            db.execute(
                "DELETE FROM target WHERE place = ? AND model = ? AND spec = ?",
                (target.location, target.model, target.spec),
            )

    def remote_locations(self) -> dict[str, Path]:
        """Return the paths of remote folders on this computer, by uuid."""
        with self._database.transaction() as db:
            rows = db.execute("SELECT uuid, path FROM elsewhere").fetchall()
        return {uuid: Path(os.fsdecode(path)) for uuid, path in rows}

    def locate(self, uuid: str, path: Path) -> None:
        """Save the path of a remote folder on this computer."""
        with self._database.transaction() as db:
            db.execute("REPLACE INTO elsewhere VALUES (?, ?)", (uuid, os.fsencode(path)))
