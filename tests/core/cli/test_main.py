"""The command line without running a model: usage, errors, exit status and defaults."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from core.cli import main as cli
from core.cli.registry import COMMANDS
from core.engine import Engine
from core.library import settings
from core.library.settings import IndexSettings, ModelSettings, Settings
from core.version import version
from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path / "library")


@pytest.fixture
def empty(program: Program) -> Program:
    """Return the program with a library without photos."""

    async def create() -> None:
        async with Engine(program.library, Settings()):
            pass

    asyncio.run(create())
    return program


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEMBLANCE_")]:
        monkeypatch.delenv(name)


@pytest.mark.parametrize(
    "arguments",
    [
        ["index", "--nope"],
        ["status", "surplus"],
        ["search", "a.jpg", "--top-k", "0"],
        ["search", "a.jpg", "--top-k", "-3"],
        ["search", "a.jpg", "--top-k", "many"],
        ["search", "a.jpg", "--min-score", "high"],
        ["search", "a.jpg", "--min-score", "nan"],
        ["search", "a.jpg", "--min-score", "1.1"],
        ["search", "a.jpg", "--min-score", "-inf"],
        ["search", "a.jpg", "--views", "two"],
        ["search", "a.jpg", "--library"],
        ["search", "a.jpg", "--in"],
        ["remove"],
        ["remove", "one", "two"],
        ["status", "--js"],
        ["move", "surplus"],
    ],
)
def test_invalid_arguments_exit_with_status_2_and_print_the_usage(program: Program, arguments: list[str]) -> None:
    outcome = program.call(*arguments)
    assert outcome.status == 2
    assert outcome.err.startswith("usage: ")
    assert outcome.out == ""
    assert not program.library.exists()


def test_error_for_top_k_says_which_values_are_valid(program: Program) -> None:
    assert '"0" is not a whole number of at least 1' in program.call("search", "a.jpg", "--top-k", "0").err


@pytest.mark.parametrize("command", COMMANDS)
def test_help_of_every_command_lists_the_common_options(program: Program, command: str) -> None:
    outcome = program.call(command, "--help")
    assert outcome.status == 0
    assert COMMANDS[command].summary.split()[0] in outcome.out
    common = [
        "library",
        "uri",
        "token",
        "database",
        "ca-file",
        "index",
        "metric",
        "model",
        "weights",
        "json",
        "verbose",
    ]
    assert [name for name in common if f"--{name}" not in outcome.out] == []


def _error_of(program: Program, *arguments: str | os.PathLike[str]) -> str:
    """Return the error message of a command, without the program name before it."""
    outcome = program.call(*arguments)
    assert outcome.status == 1
    assert outcome.out == ""
    (line,) = outcome.err.splitlines()
    assert line.startswith("semblance: ")
    return line.removeprefix("semblance: ")


@pytest.mark.parametrize(
    "uri",
    [
        "localhost:19530",
        "ftp://host:1",
        "http://",
        "http://:19530",
        "http://[::1",
        "http://host:port",
        "http://host:99999",
        "http://host:0",
        "./milvus",
    ],
)
def test_invalid_server_address_is_refused(program: Program, uri: str) -> None:
    assert "is not the address of a Milvus server" in _error_of(program, "status", "--uri", uri)


def test_password_in_the_address_is_refused_and_not_printed(program: Program) -> None:
    assert "secret" not in _error_of(program, "status", "--uri", "http://user:secret@host:19530")


@pytest.mark.parametrize("uri", ["http://127.0.0.1:19530", "https://milvus.example", "http://[::1]:19530"])
def test_valid_server_address_is_accepted(empty: Program, uri: str) -> None:
    assert empty.call("status", "--json", "--uri", uri).object()["uri"] == uri


def test_common_options_are_allowed_before_the_command(empty: Program) -> None:
    assert cli.command_of(["--json", "--library", "there", "status"]) == "status"
    status = empty.call("--json", "status").object()
    assert status.keys() == empty.call("status", "--json").object().keys()
    assert Path(str(status["uri"])).is_absolute()


def test_errors_are_a_single_line(program: Program, tmp_path: Path) -> None:
    assert "no folder yet" in _error_of(program, "index")
    assert 'no model "resnet51"' in _error_of(program, "status", "--model", "resnet51")
    assert "cannot be read" in _error_of(program, "search", "--queries-from", tmp_path / "none.txt")
    assert "nowhere cannot be read" in _error_of(program, "index", tmp_path / "nowhere")


def test_search_without_a_picture_is_a_usage_error(program: Program) -> None:
    outcome = program.call("search")
    assert outcome.status == 2
    assert "name a picture" in outcome.err


def test_argument_that_is_neither_a_command_nor_a_picture_is_a_usage_error(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit, match="2"):
        cli.window_options([str(tmp_path / "frobnicate")])
    assert "neither a command nor an existing picture" in capsys.readouterr().err


def test_file_in_place_of_the_library_folder_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for library in (tmp_path / "file", tmp_path / "file" / "library"):
        assert f"The library folder {library} cannot be used" in _error_of(Program(library), "index", tmp_path)


@pytest.mark.parametrize("command", ["search a.jpg", "status", "failures", "doctor", "remove a", "rules a"])
def test_a_command_that_needs_a_library_says_that_there_is_none_and_creates_none(
    program: Program, command: str
) -> None:
    assert f"There is no library in {program.library}." in _error_of(program, *command.split())
    assert not program.library.exists()


def test_a_search_in_an_empty_library_says_so(empty: Program, tmp_path: Path) -> None:
    photo = paint(tmp_path / "a.png", 1)
    assert f"The library {empty.library} has no photos yet" in _error_of(empty, "search", photo)


def test_damaged_settings_are_an_error(program: Program) -> None:
    program.library.mkdir()
    (program.library / settings.FILE_NAME).write_text("{", encoding="utf-8")
    assert "settings.json cannot be read" in _error_of(program, "status")


def test_new_library_is_empty(empty: Program) -> None:
    status = empty.call("status", "--json").object()
    data_bytes = status.pop("data_bytes")
    assert isinstance(data_bytes, int)
    assert data_bytes > 0
    assert status == {
        "roots": [],
        "photos": 0,
        "searchable": 0,
        "failed": 0,
        "incomplete": 0,
        "is_upgrading": False,
        "model": "efficientnet-lite0",
        "dim": 0,
        "metric": "IP",
        "index": "IVF_FLAT",
        "uri": str(empty.library / "milvus"),
    }
    assert empty.call("failures", "--json").out == "[]\n"


def test_environment_variables_override_saved_settings_but_not_options(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    library = tmp_path / "mine"
    library.mkdir()
    settings.save(library, Settings(index=IndexSettings(uri="http://127.0.0.1:1")))
    monkeypatch.setenv("SEMBLANCE_LIBRARY", str(library))
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", "http://127.0.0.1:2")
    monkeypatch.setenv("SEMBLANCE_MILVUS_TOKEN", "user:secret")
    call = cli.invocation(cli.common_options().parse_args([]))
    assert (call.library, call.settings.index.uri, call.token) == (library, "http://127.0.0.1:2", "user:secret")
    call = cli.invocation(
        cli.common_options().parse_args(["--library", str(tmp_path), "--uri", "http://127.0.0.1:3", "--token", "other"])
    )
    assert (call.library, call.settings.index.uri, call.token) == (tmp_path, "http://127.0.0.1:3", "other")


def test_server_address_in_the_environment_is_checked(program: Program, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", "host:19530")
    assert "is not the address" in _error_of(program, "status")


def test_saved_weights_apply_only_to_their_own_model(tmp_path: Path) -> None:
    settings.save(tmp_path, Settings(model=ModelSettings(name="resnet18", weights="/mine.safetensors")))
    for model, weights in (("resnet18", "/mine.safetensors"), ("resnet50", "")):
        given = cli.common_options().parse_args(["--library", str(tmp_path), "--model", model])
        assert cli.invocation(given).settings == Settings(model=ModelSettings(name=model, weights=weights))


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        ([], None),
        (["picture.jpg"], None),
        (["--library", "index"], None),
        (["status"], "status"),
        (["--library", "index", "status"], "status"),
        (["-v", "search", "index"], "search"),
        (["--help"], None),
        (["--uri=http://h:1", "failures", "--json"], "failures"),
        (["--index", "FLAT", "index"], "index"),
    ],
)
def test_command_is_distinguished_from_options_and_pictures(arguments: list[str], command: str | None) -> None:
    assert cli.command_of(arguments) == command


def test_error_for_a_catalog_in_use_names_the_other_process(program: Program) -> None:
    async def call_while_open() -> str:
        async with Engine(program.library, Settings()):
            return program.run("index").err

    message = asyncio.run(call_while_open())
    assert f"process {os.getpid()}" in message
    assert message.count("\n") == 1


def test_version_is_printed_instead_of_opening_a_window(program: Program) -> None:
    outcome = program.run("--version")
    assert (outcome.status, outcome.out, outcome.err) == (0, f"semblance {version()}\n", "")


def test_window_accepts_the_common_options_and_a_picture(tmp_path: Path) -> None:
    picture = tmp_path / "a.jpg"
    picture.touch()
    chosen = cli.window_options(["--library", "there", str(picture)])
    assert (chosen.library, chosen.picture, chosen.screenshot) == (Path("there"), picture, None)
