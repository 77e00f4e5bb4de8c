from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import Database
from core.errors import LibraryError, LibraryInUseError, ReadOnlyLibraryError
from core.library import open_library
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from tests.helpers.engine.read_only import refuse_locks, refuse_shared_memory

if TYPE_CHECKING:
    from pathlib import Path


def test_nothing_stays_open_if_the_second_connection_to_the_catalog_fails(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    connections: list[Database] = []

    def connect(file: Path, *, read_only: bool) -> Database:
        if connections:
            raise LibraryError("The disk was disconnected.")
        connections.append(Database(file, read_only=read_only))
        return connections[0]

    with monkeypatch.context() as patches:
        patches.setattr(open_library, "Database", connect)
        with pytest.raises(LibraryError, match="was disconnected"):
            OpenLibrary(LibraryFiles(tmp_path))

    with pytest.raises(LibraryError, match="closed database"):
        connections[0].count("photo")
    with closing(OpenLibrary(LibraryFiles(tmp_path))) as library:
        assert library.database.count("photo") == 0


def test_library_that_another_program_has_open_is_opened_read_only_on_request(tmp_path: Path) -> None:
    files = LibraryFiles(tmp_path)
    with closing(OpenLibrary(files)) as library:
        assert library.read_only == ""
        with pytest.raises(LibraryInUseError):
            OpenLibrary(files)
        with closing(OpenLibrary(files, shared=True)) as other:
            assert "is open in another Semblance" in other.read_only
            library.catalog.add_root(tmp_path / "photos")
            assert [root.path for root in other.read_catalog.roots()] == [tmp_path / "photos"]
    with closing(OpenLibrary(files, shared=True)) as library:
        assert library.read_only == "", "no other program has it open any more"


def test_library_that_cannot_be_written_is_opened_read_only(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    files = LibraryFiles(tmp_path)
    OpenLibrary(files).close()
    refuse_locks(monkeypatch)
    refuse_shared_memory(files.catalog)

    with closing(OpenLibrary(files)) as library:
        assert f"The library folder {tmp_path} cannot be written: Read-only file system." in library.read_only
        assert library.read_catalog.roots() == []
        with pytest.raises(ReadOnlyLibraryError, match="You can search this library but not change it"):
            library.check_writable()


def test_library_whose_catalog_cannot_be_written_is_opened_read_only_and_unlocked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    OpenLibrary(LibraryFiles(tmp_path)).close()

    def connect(file: Path, *, read_only: bool) -> Database:
        if not read_only:
            raise ReadOnlyLibraryError("The catalog cannot be written.")
        return Database(file, read_only=True)

    with monkeypatch.context() as patches:
        patches.setattr(open_library, "Database", connect)
        library = OpenLibrary(LibraryFiles(tmp_path))
    with closing(library), closing(OpenLibrary(LibraryFiles(tmp_path))) as writer:
        assert "The catalog cannot be written." in library.read_only
        assert writer.read_only == ""


def test_folder_that_cannot_be_written_and_has_no_library_is_an_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    refuse_locks(monkeypatch)

    with pytest.raises(ReadOnlyLibraryError, match="cannot be written: Read-only file system"):
        OpenLibrary(LibraryFiles(tmp_path))
