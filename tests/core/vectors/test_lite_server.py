from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from multiprocessing import active_children
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.errors import VectorIndexError
from core.vectors.lite_server import LiteServer
from tests.helpers.limits import HANGING
from tests.helpers.search_index.vector_rows import ids, open_index, row, rows, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.core.vectors.conftest import Lite

HOLDS_ROWS = """
import os, sys
from multiprocessing import active_children
from pathlib import Path
from core.vectors.lite_server import LiteServer
from tests.helpers.search_index.vector_rows import open_index, rows, units
server = LiteServer(Path(sys.argv[1]))
index = open_index(server)
index.upsert(rows(units(300)))
index.flush()
index.upsert(rows(units(50), first_id=1000))
index.delete([1])
print(active_children()[0].pid, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "milvus.db"


@contextmanager
def holding_rows(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a program that has a server with 300 flushed rows and 50 others, and the process id of that server."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", HOLDS_ROWS, folder],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env=environment,
    ) as program:
        try:
            assert program.stdout is not None
            yield program, int(program.stdout.readline())
        finally:
            program.kill()


def assert_all_rows_are_there(folder: Path) -> None:
    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        assert index.count() == 349
        assert ids(index.search(units(300)[299:], 1)[0]) == [300]


@pytest.mark.skipif(os.name != "posix", reason="there are no such sockets here")
def test_server_answers_this_user_only(folder: Path) -> None:
    with closing(LiteServer(folder)) as server:
        kind, _, path = server.address().partition(":")
        assert kind == "unix"
        assert Path(path).parent.stat().st_mode & 0o077 == 0
    assert not Path(path).parent.exists()


def test_server_answers_this_computer_only_where_the_path_is_too_long_for_a_socket(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with closing(LiteServer(folder)) as server:
        assert server.address().startswith("http://127.0.0.1:")


def test_server_ends_with_a_program_that_is_killed(folder: Path) -> None:
    with holding_rows(folder) as (program, _):
        program.kill()
        # The server has inherited standard output, which comes to its end when the last of them ends.
        program.communicate(timeout=HANGING)

    assert_all_rows_are_there(folder)


@pytest.mark.skipif(not hasattr(os, "SIGKILL") and os.name == "nt", reason="needs a signal that cannot be caught")
def test_rows_survive_a_server_that_is_killed(folder: Path) -> None:
    with holding_rows(folder) as (program, server):
        os.kill(server, 9)
        program.communicate(timeout=HANGING)

    assert_all_rows_are_there(folder)


def test_closed_server_has_ended_and_may_be_closed_again(folder: Path) -> None:
    before = set(active_children())
    server = LiteServer(folder)
    server.address()
    assert len(set(active_children()) - before) == 1

    server.close()
    server.close()

    assert set(active_children()) <= before


def test_rows_are_there_after_closing(folder: Path) -> None:
    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        index.upsert(rows(units(20)))

    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        assert index.count() == 20


def test_server_that_is_closed_before_it_answers_says_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = set(active_children())

    LiteServer(folder).close()

    assert set(active_children()) <= before
    assert capfd.readouterr().err == ""


def test_server_keeps_its_tracebacks_to_itself(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        index.upsert(rows(units(1)))
        with pytest.raises(VectorIndexError):
            index.upsert([row(1, units(1)[0], root=36 * "long")])

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("location", ["file", "file/below"])
def test_folder_that_cannot_be_used_is_an_error_that_says_why(tmp_path: Path, location: str) -> None:
    (tmp_path / "file").write_text("where a folder should be")

    with closing(LiteServer(tmp_path / location)) as server, pytest.raises(VectorIndexError) as error:
        server.address()

    assert str(tmp_path / location) in str(error.value)
    assert "Check that its disk is connected and writable." in str(error.value)


def test_folder_that_another_server_has_is_an_error_that_says_so(lite: Lite) -> None:
    with pytest.raises(VectorIndexError, match=r"could not be opened: .*lock"):
        lite.second.address()


def test_server_waits_for_one_that_is_about_to_end(folder: Path) -> None:
    first = LiteServer(folder)
    first.address()
    with closing(LiteServer(folder)) as second, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(second.address)
        with pytest.raises(TimeoutError):
            answer.result(timeout=2.5)  # it is certain to have found the folder taken

        first.close()

        assert answer.result(timeout=HANGING)
