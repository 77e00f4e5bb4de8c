"""What a call is told by its options, the environment and the library: which of them counts."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from core.cli import main as cli
from core.errors import LibraryError
from core.library import settings
from core.library.settings import IndexSettings, ModelSettings, Settings
from tests.helpers.engine.program import Program

SERVER, OTHER = "http://127.0.0.1:1", "https://milvus.example"
SAVED = Settings(
    model=ModelSettings(name="resnet18"),
    index=IndexSettings(uri=SERVER, database="photos", ca_file="/ca.pem", type="HNSW,M=32", metric="COSINE"),
)


@pytest.fixture(autouse=True)
def _no_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEMBLANCE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    settings.save(tmp_path, SAVED)
    return tmp_path


def _told(library: Path, *arguments: str) -> Settings:
    given = cli.common_options().parse_args(["--library", str(library), *arguments])
    return cli.invocation(given).settings


def test_without_options_a_call_has_what_was_saved(library: Path) -> None:
    assert _told(library) == SAVED


def test_options_come_before_what_was_saved(library: Path) -> None:
    options = ("--database", "others", "--ca-file", "/other.pem", "--index", "ivf_flat,nlist=8", "--metric", "L2")
    assert _told(library, *options) == Settings(
        model=ModelSettings(name="resnet18"),
        index=IndexSettings(uri=SERVER, database="others", ca_file="/other.pem", type="ivf_flat,nlist=8", metric="L2"),
    )


def test_empty_options_take_back_what_was_saved(library: Path) -> None:
    options = ("--database", "", "--ca-file", "", "--index", "", "--metric", "")
    assert _told(library, *options) == Settings(model=ModelSettings(name="resnet18"), index=IndexSettings(uri=SERVER))


def test_what_was_saved_stays_beside_what_was_asked_for(library: Path) -> None:
    given = cli.common_options().parse_args(["--library", str(library), "--uri", ""])
    call = cli.invocation(given)
    assert (call.saved, call.settings.index.uri) == (SAVED, "")


@pytest.mark.parametrize("uri", [OTHER, ""])
def test_another_server_does_not_inherit_database_and_certificates(library: Path, uri: str) -> None:
    told = _told(library, "--uri", uri)
    assert told == Settings(
        model=ModelSettings(name="resnet18"), index=IndexSettings(uri=uri, type="HNSW,M=32", metric="COSINE")
    )


def test_the_server_of_a_variable_does_not_inherit_them_either(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", OTHER)
    told = _told(library, "--database", "mine")
    assert (told.index.uri, told.index.database, told.index.ca_file) == (OTHER, "mine", "")


def test_the_same_server_by_option_keeps_them(library: Path) -> None:
    assert _told(library, "--uri", SERVER) == SAVED


def test_certificates_are_found_from_any_folder(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library)
    assert _told(library, "--ca-file", "own.pem").index.ca_file == str(Path.cwd() / "own.pem")


@pytest.mark.parametrize("option", ["--database", "--ca-file"])
def test_a_database_or_certificates_without_a_server_are_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(LibraryError, match="--uri"):
        _told(tmp_path, option, "some")


def test_without_a_token_it_is_left_to_the_keyring(library: Path) -> None:
    assert cli.invocation(cli.common_options().parse_args(["--library", str(library)])).token == ""


@pytest.mark.parametrize(
    ("option", "value", "offered"),
    [
        ("--index", "DISKANN", "FLAT, IVF_FLAT, IVF_SQ8, HNSW"),
        ("--index", "HNSW,nlist=4", "efConstruction"),
        ("--index", "HNSW,M=0", "efConstruction"),
        ("--index", "HNSW,M", "efConstruction"),
        ("--metric", "HAMMING", "IP, COSINE, L2"),
    ],
)
def test_what_is_not_on_offer_is_wrong_usage_that_names_what_is(
    tmp_path: Path, option: str, value: str, offered: str
) -> None:
    program = Program(tmp_path / "library")
    outcome = program.call("status", option, value)
    assert outcome.status == 2
    assert f"semblance: error: argument {option}: " in outcome.err
    assert offered in outcome.err
    assert not program.library.exists()


@pytest.mark.parametrize("text", ["FLAT", "hnsw", "HNSW,M=8,efConstruction=64,ef=32", "IVF_SQ8,nlist=16,nprobe=4", ""])
def test_an_index_type_is_saved_as_it_was_written(tmp_path: Path, text: str) -> None:
    assert _told(tmp_path, "--index", text).index.type == text
