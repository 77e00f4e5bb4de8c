"""`connection` and `move`, and the other commands while the search index is somewhere else."""

from __future__ import annotations

import asyncio
import signal
import sys
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from keyring.core import load_keyring

from core.cli.registry import COMMANDS
from core.library import settings
from core.library.settings import IndexSettings, Settings
from tests.helpers.engine.keyrings import Memory, in_use
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
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("SEMBLANCE_LIBRARY", "SEMBLANCE_MILVUS_URI", "SEMBLANCE_MILVUS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture(autouse=True)
def _no_keyring() -> Iterator[None]:
    with in_use(load_keyring("keyring.backends.fail.Keyring")):
        yield


@pytest.fixture
def memory(_no_keyring: None) -> Iterator[Memory]:
    kept = Memory()
    with in_use(kept):
        yield kept


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
    """Return the address of a Milvus server that asks for a password."""
    return empty_server.uri


@pytest.fixture
def silence() -> str:
    """Return an address where nothing answers."""
    return f"http://127.0.0.1:{free_port()}"


def _best(program: Program, photo: Path, *options: str) -> str:
    answer = program.call("search", "--json", "--views", "one", *options, photo).object()
    assert isinstance(answer["hits"], list)
    assert isinstance(answer["hits"][0], dict)
    return str(answer["hits"][0]["path"])


def test_a_test_without_a_server_is_wrong_usage(tmp_path: Path) -> None:
    outcome = Program(tmp_path / "library").call("connection")
    assert outcome.status == 2
    assert "--uri" in outcome.err


@pytest.mark.parametrize("option", [("--model", "resnet50"), ("--weights", "mine.safetensors")])
def test_a_move_to_another_model_is_wrong_usage(tmp_path: Path, option: tuple[str, str]) -> None:
    outcome = Program(tmp_path / "library").call("move", *option)
    assert outcome.status == 2
    assert "efficientnet-lite0" in outcome.err


@pytest.mark.skipif(sys.platform == "win32", reason="there are no signals to send")
def test_ctrl_c_in_a_move_says_that_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def interrupted(_call: Invocation, _chosen: Namespace) -> int:
        signal.raise_signal(signal.SIGINT)
        await asyncio.Event().wait()
        return 0

    monkeypatch.setitem(COMMANDS, "move", replace(COMMANDS["move"], run=interrupted))
    outcome = Program(tmp_path / "library").call("move", "--json")
    assert (outcome.status, outcome.out) == (130, "")
    assert "The old search index stays in use. Repeat the command to continue." in outcome.err


def test_a_server_that_does_not_answer_fails_the_test(program: Program, silence: str) -> None:
    outcome = program.call("connection", "--json", "--uri", silence)
    answer = outcome.object()
    error = answer.pop("error")
    assert (outcome.status, answer) == (1, {"uri": silence, "ok": False})
    assert silence in str(error)

    spoken = program.call("connection", "--uri", silence)
    assert (spoken.status, spoken.out) == (1, "")
    assert spoken.err.splitlines() == [f"semblance: {error}"]


def test_a_test_changes_nothing(indexed: Program, silence: str) -> None:
    before = settings.load(indexed.library)
    indexed.call("connection", "--uri", silence)
    assert settings.load(indexed.library) == before


def test_a_server_that_answers_says_its_version(program: Program, server: str) -> None:
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


def test_a_wrong_password_fails_the_test_and_is_not_repeated(program: Program, server: str) -> None:
    outcome = program.call("connection", "--json", "--uri", server, "--token", "root:wr0ng")
    assert outcome.status == 1
    assert "wr0ng" not in outcome.out + outcome.err


@pytest.mark.slow
def test_a_move_builds_another_index_and_later_calls_search_it(indexed: Program, photos: Path) -> None:
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
    assert _best(indexed, photo) == str(photo)

    moved = indexed.call("move", "--json", "--index", "", "--metric", "L2").object()
    assert (moved["index"], moved["metric"]) == ("IVF_FLAT", "L2")
    assert settings.load(indexed.library) == Settings(index=IndexSettings(metric="L2"))
    assert _best(indexed, photo) == str(photo)


def test_a_move_to_a_server_that_is_away_leaves_everything_as_it_was(
    indexed: Program, photos: Path, silence: str
) -> None:
    photo = sorted(photos.iterdir())[0]
    outcome = indexed.call("move", "--uri", silence)
    assert (outcome.status, outcome.out) == (1, "")
    assert silence in outcome.err
    assert settings.load(indexed.library) == Settings()
    assert _best(indexed, photo) == str(photo)


def test_a_move_to_a_server_and_back_keeps_the_token_in_the_keyring(
    indexed: Program, photos: Path, server: str, memory: Memory
) -> None:
    photo = sorted(photos.iterdir())[0]
    outcome = indexed.call("move", "--uri", server, "--token", TOKEN)
    assert (outcome.status, outcome.err) == (0, "")
    assert f"The search index is now at {server}" in outcome.out
    assert list(memory.kept.values()) == [TOKEN]
    assert TOKEN not in (indexed.library / settings.FILE_NAME).read_text(encoding="utf-8")

    assert indexed.call("connection", "--json").object()["photos"] == PHOTOS
    assert _best(indexed, photo) == str(photo)
    assert indexed.call("move", "--uri", "").status == 0
    assert settings.load(indexed.library) == Settings()
    assert _best(indexed, photo) == str(photo)


@pytest.mark.slow
def test_where_there_is_no_keyring_a_move_says_how_to_give_the_token(indexed: Program, server: str) -> None:
    outcome = indexed.call("move", "--json", "--uri", server, "--token", TOKEN)
    assert (outcome.status, outcome.object()["remembered"]) == (0, False)
    assert "SEMBLANCE_MILVUS_TOKEN" in outcome.err
    assert TOKEN not in outcome.out + outcome.err


def test_a_server_that_never_answered_is_taken_for_a_wrong_address(
    program: Program, photos: Path, silence: str
) -> None:
    outcome = program.call("index", "--json", "--uri", silence, photos)
    assert (outcome.status, outcome.out) == (1, "")
    assert f"The connection to {silence} was refused." in outcome.err
    assert not (program.library / settings.FILE_NAME).exists()


def test_a_search_in_folders_finds_photos_of_these_only(indexed: Program, photos: Path) -> None:
    for name in ("one", "two"):
        paint_many(photos / name, 3, first_seed=100)
    assert indexed.call("index").status == 0
    query = sorted((photos / "one").iterdir())[0]
    options = ("--top-k", "50", "--in", str(photos / "two"), "--in", str(photos / "one"))
    found = indexed.call("search", "--json", *options, query).object()["hits"]
    assert isinstance(found, list)
    assert len(found) == 6
    only_two = indexed.call("search", "--json", *options[:4], query).object()["hits"]
    assert isinstance(only_two, list)
    assert {str(hit["path"]) for hit in only_two if isinstance(hit, dict)} == set(map(str, (photos / "two").iterdir()))
