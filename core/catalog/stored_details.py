"""Looks up in another process whether a file has been embedded."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.catalog.database import Database
from core.catalog.photos import Catalog

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import PhotoDetails


class StoredDetails:
    """Returns the details of a file by its content key, or None if the model has no embedding of it.

    An instance can be sent to another process. It opens the catalog there when it is first called, and sees what other
    processes have written meanwhile.
    """

    def __init__(self, catalog: Path, model: str) -> None:
        """Look up contents in the file `catalog`. `model` is the key of the model that made the embeddings."""
        self._file, self._model = catalog, model
        self._catalog: Catalog | None = None

    def __call__(self, content: bytes) -> PhotoDetails | None:
        """Return the stored details.

        Raises:
            LibraryError: The catalog is damaged, or its disk is disconnected.
        """
        if self._catalog is None:
            self._catalog = Catalog(Database(self._file, read_only=True))
        return self._catalog.details(content, self._model)
