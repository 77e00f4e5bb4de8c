"""Behaviour of the command line that only shows in a separate process."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from milvus_lite.adapter.grpc.server import start_server_in_thread

from core.catalog.database import Database
from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.program import MAIN, Program
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

pytest_plugins = ["tests.helpers.engine.fixtures"]

SECRET = "s3cr3t-of-the-user"

LIST_MODULES = """
import sys
from core.cli import main as cli
status = cli.main(sys.argv[1:])
print("\\n" + " ".join(sorted({name.partition(".")[0] for name in sys.modules if sys.modules[name]})))
sys.exit(status)
"""


@pytest.fixture
def library(library: Path) -> Path:
    """Create an empty catalog, because most commands refuse a library without one."""
    Database(library / "catalog.sqlite").close()
    return library


def _modules_after(*arguments: str | Path) -> set[str]:
    """Return the packages that a command has loaded when it ends."""
    code = [sys.executable, "-c", LIST_MODULES, *map(str, arguments)]
    run = subprocess.run(code, cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_status_loads_no_model_and_no_index_libraries(program: Program) -> None:
    loaded = _modules_after("--library", program.library, "status")
    assert "sqlite3" in loaded
    assert loaded.isdisjoint({"openvino", "pymilvus", "milvus_lite", "grpc", "torch", "timm", "PySide6"})


def test_search_with_a_converted_model_does_not_load_torch(program: Program, tmp_path: Path) -> None:
    photo = paint(tmp_path / "photos" / "a.png", 1)
    assert program.call("index", photo.parent).status == 0
    loaded = _modules_after("--library", program.library, "search", photo)
    assert {"openvino", "pymilvus"} <= loaded
    assert loaded.isdisjoint({"torch", "torchvision", "timm", "PySide6", "milvus_lite"})


def test_unknown_options_end_with_status_2(program: Program) -> None:
    for arguments in (["status", "--nope"], ["--nope"], ["index", "a", "--top-k", "3"]):
        outcome = program.run(*arguments)
        assert (outcome.status, outcome.out) == (2, "")
        assert "usage:" in outcome.err


def test_traceback_is_shown_only_with_verbose(program: Program) -> None:
    plain, verbose = (program.run("index", *more, "/nowhere/at/all") for more in ([], ["-v"]))
    assert plain.status == verbose.status == 1
    assert "Traceback" not in plain.err
    assert plain.err.count("\n") == 1
    assert "Traceback (most recent call last)" in verbose.err
    assert verbose.err.splitlines()[-1] == plain.err.strip()


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"]])
def test_output_to_a_closed_pipe_ends_without_an_error_message(program: Program, arguments: list[str]) -> None:
    process = program.start(*arguments)
    assert process.stdout
    process.stdout.close()
    _, err = process.communicate(timeout=HANG_TIMEOUT)
    assert err == ""


@pytest.mark.slow
def test_pipe_that_closes_after_the_first_line_causes_no_error_message(program: Program, tmp_path: Path) -> None:
    photo = paint(tmp_path / "photos" / "a.png", 1)
    assert program.call("index", photo.parent).status == 0
    process = program.start("search", "--json", *[photo] * 20)
    assert process.stdout
    assert process.stdout.readline().startswith('{"query": ')
    process.stdout.close()
    _, err = process.communicate(timeout=HANG_TIMEOUT)
    assert err == ""


@pytest.mark.slow
def test_token_is_neither_printed_nor_logged_nor_saved(library: Path, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 2)
    by_option, by_variable = Program(library), Program(library, {"SEMBLANCE_MILVUS_TOKEN": f"user:{SECRET}"})
    option = ["--token", f"user:{SECRET}"]
    server, database, port = start_server_in_thread(str(tmp_path / "server"))  # accepts any token
    try:
        outcomes = [
            by_variable.run("index", "-v", "--uri", f"http://127.0.0.1:{port}", tmp_path / "photos"),
            by_option.run("index", "-v", *option, "--uri", "http://127.0.0.1:9"),
            by_option.run("status", "-v", *option),
        ]
    finally:
        server.stop(grace=None).wait()
        database.close()
    output = "".join(outcome.out + outcome.err for outcome in outcomes)
    assert "photos found: 2 indexed" in output
    assert "was refused" in output
    assert SECRET not in output
    files_with_secret = [file for file in library.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert files_with_secret == []


def test_characters_that_the_output_encoding_lacks_are_escaped(library: Path, tmp_path: Path) -> None:
    program = Program(library, {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
    run = program.run("index", tmp_path / "\N{HIRAGANA LETTER A}")
    assert "Traceback" not in run.err
    assert "\\u3042" in run.err


def test_program_runs_in_any_working_directory(library: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, MAIN, "--library", library, "status"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
