"""Closing a library when one of its parts cannot be closed properly."""

from __future__ import annotations

import asyncio
import multiprocessing
import sqlite3
import threading
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.engine import Engine
from core.errors import LibraryError
from core.library.settings import Settings

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]


def running() -> set[tuple[str, int | None]]:
    """Return the names and ids of the threads and processes of this and other tests' engines."""
    threads = {(thread.name, thread.ident) for thread in threading.enumerate()}
    processes = {(process.name, process.pid) for process in multiprocessing.active_children()}
    return {(name, number) for name, number in threads | processes if name.startswith("semblance")}


def rename_table(library: Path, old: str, new: str) -> None:
    with closing(sqlite3.connect(library / "catalog.sqlite")) as catalog, catalog:
        catalog.execute(f"ALTER TABLE {old} RENAME TO {new}")


def test_everything_else_is_closed_if_the_search_index_cannot_be(library: Path) -> None:
    async def close_without_catalog() -> None:
        async with Engine(library, Settings()) as engine:
            await engine.warm_up()
            rename_table(library, "target", "gone")

    async def open_again() -> None:
        async with Engine(library, Settings()):
            pass

    others = running()
    with pytest.raises(LibraryError, match="no such table"):
        asyncio.run(close_without_catalog())
    assert running() - others == set()
    rename_table(library, "gone", "target")
    asyncio.run(open_again())
