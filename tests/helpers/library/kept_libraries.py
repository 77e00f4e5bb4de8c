"""The libraries of released versions in tests/libraries, and a library as a newer version may write it."""

from __future__ import annotations

import sqlite3
import tarfile
from contextlib import closing
from typing import TYPE_CHECKING

from core.catalog.database import VERSION
from tests.helpers.checkout import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = CHECKOUT / "tests" / "libraries"
STATE_OF_THE_PROGRAM = {"lock", "owner", "window.ini"}
"""Files in a library that say which program has it open, and where its window is."""


def versions_in(folder: Path) -> list[str]:
    """Return the versions whose libraries are in a folder, oldest first."""
    versions = (file.name.removesuffix(".tar.gz") for file in folder.glob("*.tar.gz"))
    return sorted(versions, key=lambda version: [int(number) for number in version.split(".")])


VERSIONS = versions_in(LIBRARIES)


def unpack(version: str, folder: Path) -> Path:
    """Unpack the library of a released version and its photos, and return the folder of the library."""
    with tarfile.open(LIBRARIES / f"{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "library"


def newer_library(folder: Path) -> Path:
    """Return a library whose catalog has a table, and a version, that this program does not know."""
    library = unpack(VERSIONS[-1], folder)
    with closing(sqlite3.connect(library / "catalog.sqlite")) as db:
        db.executescript(f"CREATE TABLE face (photo INTEGER); PRAGMA user_version = {VERSION + 1};")
    return library


def files_of(library: Path) -> dict[Path, bytes]:
    """Return the content of every file except those about the running program."""
    files = (file for file in library.rglob("*") if file.is_file() and file.name not in STATE_OF_THE_PROGRAM)
    return {file: file.read_bytes() for file in files}
