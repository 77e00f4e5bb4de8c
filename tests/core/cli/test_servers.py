"""The commands `connection` and `move`, and other commands with a search index on a server."""

from __future__ import annotations

import asyncio
import signal
import sys
from contextlib import closing
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from keyring.core import load_keyring

from core.cli.registry import COMMANDS
from core.library import settings
from core.library.files import LibraryFiles
from core.library.open_library import OpenLibrary
from core.library.settings import IndexSettings, Settings
from tests.helpers.engine.keyrings import MemoryKeyring, use_keyring
from tests.helpers.engine.program import Program
from tests.helpers.indexing.bench import paint_many
from tests.helpers.search_index.milvus_server import TOKEN, free_port

if TYPE_CHECKING:
    from argparse import Namespace
    from collections.abc import Iterator
    from pathlib import Path

    from core.cli.registry import Invocation
    from core.vectors.connection import Server

pytest_plugins = ["tests.helpers.engine.fixtures"]

PHOTOS = 6


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEMBLANCE_LIBRARY", "SEMBLANCE_MILVUS_URI", "SEMBLANCE_MILVUS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    with use_keyring(load_keyring("keyring.backends.fail.Keyring")):
        yield


@pytest.fixture
def keyring(_no_keyring: None) -> Iterator[MemoryKeyring]:
    memory = MemoryKeyring()
    with use_keyring(memory):
        yield memory


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    paint_many(tmp_path / "photos", PHOTOS)
    return tmp_path / "photos"


@pytest.fixture
def indexed(program: Program, photos: Path) -> Program:
    assert program.call("index", photos).status == 0
    return program


@pytest.fixture
def server(empty_server: Server) -> str:
    """Return the address of a Milvus server that requires a password."""
    return empty_server.uri


@pytest.fixture
def unreachable_uri() -> str:
    """Return an address where no server is running."""
    return f"http://127.0.0.1:{free_port()}"


def _path_of_best_hit(program: Program, photo: Path, *options: str) -> str:
    answer = program.call("search", "--json", "--views", "one", *options, photo).object()
    assert isinstance(answer["hits"], list)
    assert isinstance(answer["hits"][0], dict)
    return str(answer["hits"][0]["path"])


def test_connection_command_without_a_server_is_a_usage_error(tmp_path: Path) -> None:
    outcome = Program(tmp_path / "library").call("connection")
    assert outcome.status == 2
    assert "--uri" in outcome.err


@pytest.mark.parametrize("option", [("--model", "resnet50"), ("--weights", "mine.safetensors")])
def test_move_to_another_model_is_a_usage_error(tmp_path: Path, option: tuple[str, str]) -> None:
    outcome = Program(tmp_path / "library").call("move", *option)
    assert outcome.status == 2
    assert "efficientnet-lite0" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="Windows cannot send the signal")
def test_ctrl_c_during_a_move_says_that_the_old_index_stays_in_use(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def interrupted(_call: Invocation, _chosen: Namespace) -> int:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
        return 0

    monkeypatch.setitem(COMMANDS, "move", replace(COMMANDS["move"], run=interrupted))
    outcome = Program(tmp_path / "library").call("move", "--json")
    assert (outcome.status, outcome.out) == (130, "")
    assert "The old search index stays in use. Repeat the command to continue." in outcome.err


def test_connection_command_fails_with_a_reason_if_the_server_is_unreachable(
    program: Program, unreachable_uri: str
) -> None:
    outcome = program.call("connection", "--json", "--uri", unreachable_uri)
    answer = outcome.object()
    error = answer.pop("error")
    assert (outcome.status, answer) == (1, {"uri": unreachable_uri, "ok": False})
    assert unreachable_uri in str(error)

    text = program.call("connection", "--uri", unreachable_uri)
    assert (text.status, text.out) == (1, "")
    assert text.err.splitlines() == [f"semblance: {error}"]


def test_connection_command_needs_no_library_and_creates_none(tmp_path: Path, unreachable_uri: str) -> None:
    library = tmp_path / "library"
    assert unreachable_uri in Program(library).call("connection", "--uri", unreachable_uri).err
    assert not library.exists()


def test_connection_command_works_while_another_program_has_the_library_open(
    tmp_path: Path, unreachable_uri: str
) -> None:
    with closing(OpenLibrary(LibraryFiles(tmp_path))):
        outcome = Program(tmp_path).call("connection", "--json", "--uri", unreachable_uri)
    assert outcome.object()["uri"] == unreachable_uri


def test_connection_command_does_not_change_the_settings(indexed: Program, unreachable_uri: str) -> None:
    before = settings.load(indexed.library)
    indexed.call("connection", "--uri", unreachable_uri)
    assert settings.load(indexed.library) == before


def test_connection_command_reports_the_version_of_the_server(program: Program, server: str) -> None:
    outcome = program.call("connection", "--json", "--uri", server, "--token", TOKEN)
    answer = outcome.object()
    latency = answer.pop("latency_ms")
    assert isinstance(latency, float)
    assert latency > 0
    assert str(answer.pop("version")).startswith("v2.3.5")
    assert answer == {"uri": server, "ok": True, "photos": None}
    text = program.call("connection", "--uri", server, "--token", TOKEN).out
    assert server in text
    assert "no photos of this model yet" in text


def test_connection_command_fails_for_a_wrong_password_without_printing_it(program: Program, server: str) -> None:
    outcome = program.call("connection", "--json", "--uri", server, "--token", "root:wr0ng")
    assert outcome.status == 1
    assert "wr0ng" not in outcome.out + outcome.err


@pytest.mark.slow
def test_move_builds_another_index_that_later_commands_use(indexed: Program, photos: Path) -> None:
    photo = sorted(photos.iterdir())[0]
    moved = indexed.call("move", "--json", "--index", "HNSW,M=8", "--metric", "COSINE").object()
    assert isinstance(moved.pop("seconds"), float)
    status = indexed.call("status", "--json").object()
    assert moved == {
        "uri": status["uri"],
        "index": "HNSW",
        "metric": "COSINE",
        "photos": PHOTOS,
        "remembered": True,
    }
    assert (status["index"], status["metric"], status["searchable"]) == ("HNSW", "COSINE", PHOTOS)
    assert _path_of_best_hit(indexed, photo) == str(photo)

    moved = indexed.call("move", "--json", "--index", "", "--metric", "L2").object()
    assert (moved["index"], moved["metric"]) == ("IVF_FLAT", "L2")
    assert settings.load(indexed.library) == Settings(index=IndexSettings(metric="L2"))
    assert _path_of_best_hit(indexed, photo) == str(photo)


def test_move_to_an_unreachable_server_changes_nothing(indexed: Program, photos: Path, unreachable_uri: str) -> None:
    photo = sorted(photos.iterdir())[0]
    outcome = indexed.call("move", "--uri", unreachable_uri)
    assert (outcome.status, outcome.out) == (1, "")
    assert unreachable_uri in outcome.err
    assert settings.load(indexed.library) == Settings()
    assert _path_of_best_hit(indexed, photo) == str(photo)


@pytest.mark.slow
def test_move_to_a_server_and_back_saves_the_token_only_in_the_keyring(
    indexed: Program, photos: Path, server: str, keyring: MemoryKeyring
) -> None:
    photo = sorted(photos.iterdir())[0]
    outcome = indexed.call("move", "--uri", server, "--token", TOKEN)
    assert (outcome.status, outcome.err) == (0, "")
    assert f"The search index is now at {server}" in outcome.out
    assert list(keyring.kept.values()) == [TOKEN]
    assert TOKEN not in (indexed.library / settings.FILE_NAME).read_text(encoding="utf-8")

    assert indexed.call("connection", "--json").object()["photos"] == PHOTOS
    assert _path_of_best_hit(indexed, photo) == str(photo)
    assert indexed.call("move", "--uri", "").status == 0
    assert settings.load(indexed.library) == Settings()
    assert _path_of_best_hit(indexed, photo) == str(photo)


@pytest.mark.slow
def test_move_without_a_keyring_says_how_to_pass_the_token(indexed: Program, server: str) -> None:
    outcome = indexed.call("move", "--json", "--uri", server, "--token", TOKEN)
    assert (outcome.status, outcome.object()["remembered"]) == (0, False)
    assert "SEMBLANCE_MILVUS_TOKEN" in outcome.err
    assert TOKEN not in outcome.out + outcome.err


def test_index_run_with_an_unreachable_server_fails_and_saves_no_settings(
    program: Program, photos: Path, unreachable_uri: str
) -> None:
    outcome = program.call("index", "--json", "--uri", unreachable_uri, photos)
    assert (outcome.status, outcome.out) == (1, "")
    assert f"The connection to {unreachable_uri} was refused." in outcome.err
    assert not (program.library / settings.FILE_NAME).exists()
