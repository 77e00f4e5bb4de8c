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
from core.vectors.lite_server import OPEN_FILES, LiteServer, allow_open_files
from tests.helpers.limits import HANG_TIMEOUT
from tests.helpers.search_index.vector_rows import ids, open_index, row, rows, units

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.core.vectors.conftest import Lite

WRITE_ROWS = """
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
def program_with_rows(folder: Path) -> Iterator[tuple[subprocess.Popen[str], int]]:
    """Run a program whose server has 300 flushed and 50 other rows, and yield it with the server's process id."""
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    with subprocess.Popen(
        [sys.executable, "-c", WRITE_ROWS, folder],
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


@pytest.mark.skipif(os.name != "posix", reason="this system has no Unix sockets")
def test_only_this_user_can_reach_the_server(folder: Path) -> None:
    with closing(LiteServer(folder)) as server:
        kind, _, path = server.address().partition(":")
        assert kind == "unix"
        assert Path(path).parent.stat().st_mode & 0o077 == 0
    assert not Path(path).parent.exists()


def test_server_listens_on_localhost_if_the_socket_path_is_too_long(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = tmp_path / ("long" * 30)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with closing(LiteServer(folder)) as server:
        assert server.address().startswith("http://127.0.0.1:")


@pytest.mark.slow
def test_server_ends_without_losing_rows_when_its_program_is_killed(folder: Path) -> None:
    with program_with_rows(folder) as (program, _):
        program.kill()
        # The server has inherited standard output, which is closed only once the server has ended too.
        program.communicate(timeout=HANG_TIMEOUT)

    assert_all_rows_are_there(folder)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_rows_survive_when_the_server_is_killed(folder: Path) -> None:
    with program_with_rows(folder) as (program, server):
        os.kill(server, 9)
        program.communicate(timeout=HANG_TIMEOUT)

    assert_all_rows_are_there(folder)


def test_closing_ends_the_process_and_may_be_repeated(folder: Path) -> None:
    before = set(active_children())
    server = LiteServer(folder)
    server.address()
    assert len(set(active_children()) - before) == 1

    server.close()
    server.close()

    assert set(active_children()) <= before


def test_rows_survive_when_the_server_is_closed(folder: Path) -> None:
    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        index.upsert(rows(units(20)))

    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        assert index.count() == 20


def test_server_closed_before_it_is_ready_prints_nothing(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    before = set(active_children())

    LiteServer(folder).close()

    assert set(active_children()) <= before
    assert capfd.readouterr().err == ""


def test_server_prints_no_tracebacks(folder: Path, capfd: pytest.CaptureFixture[str]) -> None:
    with closing(LiteServer(folder)) as server, closing(open_index(server)) as index:
        index.upsert(rows(units(1)))
        with pytest.raises(VectorIndexError):
            index.upsert([row(1, units(1)[0], root=36 * "long")])

    assert capfd.readouterr().err == ""


@pytest.mark.parametrize("location", ["file", "file/below"])
def test_unusable_folder_is_reported_with_its_path_and_advice(tmp_path: Path, location: str) -> None:
    (tmp_path / "file").write_text("where a folder should be")

    with closing(LiteServer(tmp_path / location)) as server, pytest.raises(VectorIndexError) as error:
        server.address()

    assert str(tmp_path / location) in str(error.value)
    assert "Check that its disk is connected and writable." in str(error.value)


def test_folder_locked_by_another_server_is_reported(lite: Lite) -> None:
    with pytest.raises(VectorIndexError, match=r"could not be opened: .*lock"):
        lite.second.address()


def test_server_waits_for_another_one_to_release_the_folder(folder: Path) -> None:
    first = LiteServer(folder)
    first.address()
    with closing(LiteServer(folder)) as second, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(second.address)
        with pytest.raises(TimeoutError):
            answer.result(timeout=2.5)  # by then it has found that the folder is locked

        first.close()

        assert answer.result(timeout=HANG_TIMEOUT)


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such limit")
def test_limit_of_open_files_is_raised_but_never_lowered() -> None:
    import resource

    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
        allow_open_files()
        raised, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        assert 256 < raised <= OPEN_FILES
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)
    allow_open_files()
    assert resource.getrlimit(resource.RLIMIT_NOFILE)[0] >= before[0]
