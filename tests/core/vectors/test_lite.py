"""The local index recovers when its process dies or its files are damaged."""

from __future__ import annotations

import os
import signal
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from typing import TYPE_CHECKING

import pytest

from core.errors import VectorIndexError
from core.vectors.collection import CALL_SECONDS
from core.vectors.lite import LiteIndex
from core.vectors.lite_server import LiteServer
from core.vectors.schema import LITE
from tests.helpers.search_index.vector_rows import DIM, ids, row, rows, units

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

MODEL = "model"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "milvus.db"


def open_index(folder: Path) -> LiteIndex:
    return LiteIndex(LiteServer(folder), MODEL, DIM, LITE)


def kill(index: LiteIndex) -> None:
    assert index.pid is not None
    os.kill(index.pid, signal.SIGKILL)


@pytest.mark.parametrize(
    "call",
    [
        lambda index: index.search(units(1), 1),
        lambda index: index.upsert(rows(units(30))),
        lambda index: index.count(),
        lambda index: index.flush(),
    ],
    ids=["search", "upsert", "count", "flush"],
)
def test_call_is_answered_by_a_new_process_if_the_old_one_died(
    folder: Path, call: Callable[[LiteIndex], object]
) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(30)))
        index.flush()
        first = index.pid
        kill(index)

        call(index)

        assert index.pid != first
        assert index.count() == 30
        assert ids(index.search(units(30)[7:8], 1)[0]) == [id_of_row(7)]


def id_of_row(row: int) -> int:
    return rows(units(30))[row].id


def test_new_process_has_a_new_generation(folder: Path) -> None:
    with closing(open_index(folder)) as index:
        before = index.generation
        index.count()
        assert index.generation == before
        kill(index)
        index.count()
        assert index.generation != before


def test_two_threads_that_find_the_process_dead_start_only_one(folder: Path) -> None:
    with closing(open_index(folder)) as index, ThreadPoolExecutor(2) as threads:
        before = index.generation
        kill(index)
        assert list(threads.map(lambda _: index.count(), range(2))) == [0, 0]
        assert index.generation == before + 1


@pytest.mark.slow
def test_call_waits_for_a_process_that_is_busy_for_long(folder: Path) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(30)))
        assert index.pid is not None
        before = index.generation
        os.kill(index.pid, signal.SIGSTOP)
        resuming = threading.Timer(CALL_SECONDS + 2, os.kill, (index.pid, signal.SIGCONT))
        resuming.start()

        assert ids(index.search(units(30)[7:8], 1)[0]) == [id_of_row(7)]
        assert index.generation == before
        resuming.join()


def test_error_of_a_running_process_does_not_restart_it(folder: Path) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(1)))
        before = index.generation
        with pytest.raises(VectorIndexError):
            index.upsert([row(1, units(1)[0], root=36 * "long")])
        assert index.generation == before


def test_damaged_index_file_is_rebuilt_without_losing_rows(folder: Path) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(30)))
        index.flush()
    damaged = [file for file in folder.rglob("*") if file.suffix == ".idx"]
    for file in damaged:
        file.write_bytes(b"")

    with closing(open_index(folder)) as index:
        assert damaged
        assert index.count() == 30


class DyingServer(LiteServer):
    """A server whose process is killed as soon as it is ready."""

    def address(self) -> str:
        address = super().address()
        assert self.pid is not None
        os.kill(self.pid, signal.SIGKILL)
        return address


def test_process_killed_while_opening_is_restarted_without_losing_rows(folder: Path) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(30)))

    with closing(LiteIndex(DyingServer(folder), MODEL, DIM, LITE)) as index:
        assert index.count() == 30


@pytest.mark.parametrize("pattern", ["manifest*", "*.parquet"])
def test_files_damaged_beyond_repair_give_an_empty_index(folder: Path, pattern: str) -> None:
    with closing(open_index(folder)) as index:
        index.upsert(rows(units(30)))
        index.flush()
    for file in folder.rglob(pattern):
        file.write_bytes(b"no longer what it was")

    with closing(open_index(folder)) as index:
        assert index.count() == 0
        index.upsert(rows(units(30)))
        assert index.count() == 30


def test_failing_to_open_a_folder_leaves_no_process(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")
    server = LiteServer(tmp_path / "file")

    with pytest.raises(VectorIndexError):
        LiteIndex(server, MODEL, DIM, LITE)

    assert not server.is_alive()
    assert (tmp_path / "file").read_text() == "where a folder should be"
