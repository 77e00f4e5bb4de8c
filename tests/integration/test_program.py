"""The program in a process of its own: what cannot be seen from inside."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from milvus_lite.adapter.grpc.server import start_server_in_thread

from tests.helpers.checkout import CHECKOUT
from tests.helpers.engine.program import MAIN, Program
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

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


def _modules_after(*arguments: str | Path) -> set[str]:
    """Return the packages that a command has loaded by its end."""
    code = [sys.executable, "-c", LIST_MODULES, *map(str, arguments)]
    run = subprocess.run(code, cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)
    return set(run.stdout.splitlines()[-1].split())


def test_status_loads_neither_the_model_nor_the_index(program: Program) -> None:
    loaded = _modules_after("--library", program.library, "status")
    assert "sqlite3" in loaded
    assert loaded.isdisjoint({"openvino", "pymilvus", "milvus_lite", "grpc", "torch", "timm", "PySide6"})


def test_a_search_with_a_converted_model_loads_no_torch(program: Program, tmp_path: Path) -> None:
    loaded = _modules_after("--library", program.library, "search", paint(tmp_path / "query.png", 1))
    assert {"openvino", "pymilvus"} <= loaded
    assert loaded.isdisjoint({"torch", "torchvision", "timm", "PySide6", "milvus_lite"})


def test_an_unknown_command_or_option_ends_with_status_2(program: Program) -> None:
    for arguments in (["status", "--nope"], ["--nope"], ["index", "a", "--top-k", "3"]):
        outcome = program.run(*arguments)
        assert (outcome.status, outcome.out) == (2, "")
        assert "usage:" in outcome.err


def test_a_traceback_is_shown_only_when_asked_for(program: Program) -> None:
    plain, wordy = (program.run("index", *more, "/nowhere/at/all") for more in ([], ["-v"]))
    assert plain.status == wordy.status == 1
    assert "Traceback" not in plain.err
    assert plain.err.count("\n") == 1
    assert "Traceback (most recent call last)" in wordy.err
    assert wordy.err.splitlines()[-1] == plain.err.strip()


@pytest.mark.parametrize("arguments", [["status"], ["status", "--json"]])
def test_a_reader_that_had_enough_makes_no_noise(program: Program, arguments: list[str]) -> None:
    process = program.start(*arguments)
    assert process.stdout
    process.stdout.close()
    _, err = process.communicate(timeout=HANGING)
    assert err == ""


def test_a_reader_of_the_first_line_only_gets_it_and_no_noise_follows(program: Program, tmp_path: Path) -> None:
    process = program.start("search", "--json", *[paint(tmp_path / "query.png", 1)] * 20)
    assert process.stdout
    assert process.stdout.readline().startswith('{"query": ')
    process.stdout.close()
    _, err = process.communicate(timeout=HANGING)
    assert err == ""


def test_a_token_is_neither_shown_nor_saved_nor_logged(library: Path, tmp_path: Path) -> None:
    paint_many(tmp_path / "photos", 2)
    by_option, by_variable = Program(library), Program(library, {"SEMBLANCE_MILVUS_TOKEN": f"user:{SECRET}"})
    option = ["--token", f"user:{SECRET}"]
    server, database, port = start_server_in_thread(str(tmp_path / "server"))  # it takes any token
    try:
        outcomes = [
            by_variable.run("index", "-v", "--uri", f"http://127.0.0.1:{port}", tmp_path / "photos"),
            by_option.run("index", "-v", *option, "--uri", "http://127.0.0.1:9"),
            by_option.run("status", "-v", *option),
        ]
    finally:
        server.stop(grace=None).wait()
        database.close()
    said = "".join(outcome.out + outcome.err for outcome in outcomes)
    assert "photos found: 2 indexed" in said
    assert "was refused" in said
    assert SECRET not in said
    written = [file for file in library.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]
    assert written == []


def test_a_name_that_the_encoding_of_the_output_lacks_is_escaped(library: Path, tmp_path: Path) -> None:
    program = Program(library, {"PYTHONIOENCODING": "cp1252", "PYTHONUTF8": "0"})
    run = program.run("search", tmp_path / "\N{HIRAGANA LETTER A}.jpg")
    assert "Traceback" not in run.err
    assert "\\u3042.jpg: The file could not be read" in run.err


def test_main_needs_no_particular_folder_to_be_in(library: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, MAIN, "--library", library, "status"], cwd=tmp_path, capture_output=True, check=False
    )
    assert (run.returncode, run.stderr) == (0, b"")
