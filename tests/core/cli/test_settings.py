"""Which settings a command uses: from its options, the environment or the library."""

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
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("SEMBLANCE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def library(tmp_path: Path) -> Path:
    settings.save(tmp_path, SAVED)
    return tmp_path


def _settings_with(library: Path, *arguments: str) -> Settings:
    given = cli.common_options().parse_args(["--library", str(library), *arguments])
    return cli.invocation(given).settings


def test_saved_settings_apply_without_options(library: Path) -> None:
    assert _settings_with(library) == SAVED


def test_options_override_saved_settings(library: Path) -> None:
    options = ("--database", "others", "--ca-file", "/other.pem", "--index", "ivf_flat,nlist=8", "--metric", "L2")
    assert _settings_with(library, *options) == Settings(
        model=ModelSettings(name="resnet18"),
        index=IndexSettings(uri=SERVER, database="others", ca_file="/other.pem", type="ivf_flat,nlist=8", metric="L2"),
    )


def test_empty_options_replace_saved_settings_by_defaults(library: Path) -> None:
    options = ("--database", "", "--ca-file", "", "--index", "", "--metric", "")
    assert _settings_with(library, *options) == Settings(
        model=ModelSettings(name="resnet18"), index=IndexSettings(uri=SERVER)
    )


def test_invocation_has_the_saved_settings_beside_those_in_effect(library: Path) -> None:
    given = cli.common_options().parse_args(["--library", str(library), "--uri", ""])
    call = cli.invocation(given)
    assert (call.saved, call.settings.index.uri) == (SAVED, "")


@pytest.mark.parametrize("uri", [OTHER, ""])
def test_another_server_does_not_inherit_database_and_certificates(library: Path, uri: str) -> None:
    effective = _settings_with(library, "--uri", uri)
    assert effective == Settings(
        model=ModelSettings(name="resnet18"), index=IndexSettings(uri=uri, type="HNSW,M=32", metric="COSINE")
    )


def test_server_from_the_environment_does_not_inherit_database_and_certificates(
    library: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", OTHER)
    effective = _settings_with(library, "--database", "mine")
    assert (effective.index.uri, effective.index.database, effective.index.ca_file) == (OTHER, "mine", "")


def test_option_with_the_saved_server_keeps_database_and_certificates(library: Path) -> None:
    assert _settings_with(library, "--uri", SERVER) == SAVED


def test_relative_path_of_certificates_becomes_absolute(library: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(library)
    assert _settings_with(library, "--ca-file", "own.pem").index.ca_file == str(Path.cwd() / "own.pem")


@pytest.mark.parametrize("option", ["--database", "--ca-file"])
def test_database_or_certificates_without_a_server_are_refused(tmp_path: Path, option: str) -> None:
    with pytest.raises(LibraryError, match="--uri"):
        _settings_with(tmp_path, option, "some")


def test_token_is_empty_without_the_option_so_that_the_keyring_is_used(library: Path) -> None:
    assert cli.invocation(cli.common_options().parse_args(["--library", str(library)])).token == ""


@pytest.mark.parametrize(
    ("option", "value", "valid"),
    [
        ("--index", "DISKANN", "FLAT, IVF_FLAT, IVF_SQ8, HNSW"),
        ("--index", "HNSW,nlist=4", "efConstruction"),
        ("--index", "HNSW,M=0", "efConstruction"),
        ("--index", "HNSW,M", "efConstruction"),
        ("--metric", "HAMMING", "IP, COSINE, L2"),
    ],
)
def test_invalid_index_type_or_metric_is_a_usage_error_that_lists_valid_values(
    tmp_path: Path, option: str, value: str, valid: str
) -> None:
    program = Program(tmp_path / "library")
    outcome = program.call("status", option, value)
    assert outcome.status == 2
    assert f"semblance: error: argument {option}: " in outcome.err
    assert valid in outcome.err
    assert not program.library.exists()


@pytest.mark.parametrize("text", ["FLAT", "hnsw", "HNSW,M=8,efConstruction=64,ef=32", "IVF_SQ8,nlist=16,nprobe=4", ""])
def test_index_type_is_kept_as_it_was_given(tmp_path: Path, text: str) -> None:
    assert _settings_with(tmp_path, "--index", text).index.type == text
