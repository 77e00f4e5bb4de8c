from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import Database
from core.errors import LibraryError
from core.library import open_library
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_stays_open_if_the_second_connection_to_the_catalog_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[Database] = []

    def connect(file: Path) -> Database:
        if connections:
            raise LibraryError("The disk was disconnected.")
        connections.append(Database(file))
        return connections[0]

    with monkeypatch.context() as patches:
        patches.setattr(open_library, "Database", connect)
        with pytest.raises(LibraryError, match="was disconnected"):
            OpenLibrary(LibraryFiles(tmp_path))

    with pytest.raises(LibraryError, match="closed database"):
        connections[0].count("photo")
    with closing(OpenLibrary(LibraryFiles(tmp_path))) as library:
        assert library.database.count("photo") == 0
