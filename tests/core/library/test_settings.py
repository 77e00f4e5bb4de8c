from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.errors import LibraryError
from core.library.settings import (
    DEFAULT_MODEL,
    FILE_NAME,
    IndexingSettings,
    IndexSettings,
    ModelSettings,
    Settings,
    default_library,
    load,
    save,
)

ON_A_FULL_DISK = """
import resource, sys
from pathlib import Path
from core.errors import LibraryError
from core.library.settings import ModelSettings, Settings, save
resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100))
try:
    save(Path(sys.argv[1]), Settings(model=ModelSettings("x" * 1000)))
except LibraryError as error:
    print(error)
"""


def write(library: Path, content: bytes | str) -> None:
    (library / FILE_NAME).write_bytes(content if isinstance(content, bytes) else content.encode())


def test_new_library_has_the_defaults(tmp_path: Path) -> None:
    assert load(tmp_path) == Settings(ModelSettings(DEFAULT_MODEL))
    assert load(tmp_path / "not there") == Settings()


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    st.builds(
        Settings,
        st.builds(ModelSettings, name=st.text(), weights=st.text()),
        st.builds(IndexSettings, uri=st.text(), type=st.text()),
        st.builds(IndexingSettings, st.booleans(), st.booleans(), st.booleans()),
    )
)
def test_saved_settings_are_loaded_unchanged(tmp_path: Path, chosen: Settings) -> None:
    save(tmp_path, chosen)

    assert load(tmp_path) == chosen


@pytest.mark.skipif(os.name == "nt", reason="file names are valid Unicode on Windows")
def test_weights_path_that_is_not_valid_unicode_is_loaded_unchanged(tmp_path: Path) -> None:
    chosen = Settings(model=ModelSettings(weights=os.fsdecode(b"/na\xefve/\xff.pth")))

    save(tmp_path, chosen)

    assert load(tmp_path) == chosen


def test_saving_leaves_no_temporary_file(tmp_path: Path) -> None:
    save(tmp_path, Settings())
    save(tmp_path, Settings(model=ModelSettings(name="other")))

    assert [path.name for path in tmp_path.iterdir()] == [FILE_NAME]


def test_flat_settings_of_version_0_1_are_loaded(tmp_path: Path) -> None:
    flat = {"model": "resnet18", "weights": "/w.pth", "uri": "http://h:1", "database": "d", "ca_file": "/ca.pem"}
    flat |= {"index": "HNSW,M=32", "metric": "L2"}
    choices = {"gentle": True, "pause_on_battery": True, "watch": False}
    write(tmp_path, json.dumps(flat | choices))

    assert load(tmp_path) == Settings(
        ModelSettings("resnet18", "/w.pth"),
        IndexSettings("http://h:1", "d", "/ca.pem", "HNSW,M=32", "L2"),
        IndexingSettings(gentle=True, pause_on_battery=True, watch=False),
    )


def test_keys_missing_from_an_older_file_get_their_defaults(tmp_path: Path) -> None:
    write(tmp_path, json.dumps({"model": "chosen", "weights": "", "uri": "", "index": "", "metric": "IP"}))

    assert load(tmp_path) == Settings(
        model=ModelSettings(name="chosen"),
        index=IndexSettings(metric="IP"),
        indexing=IndexingSettings(gentle=False, pause_on_battery=False, watch=True),
    )


def test_unknown_keys_from_a_later_version_are_ignored(tmp_path: Path) -> None:
    write(tmp_path, json.dumps({"model": "chosen", "theme": {"dark": True}}))

    assert load(tmp_path) == Settings(model=ModelSettings(name="chosen"))


@pytest.mark.parametrize(
    "content",
    [
        "",
        "{",
        '{"model": 1}',
        '{"model": true}',
        '{"uri": null}',
        '{"gentle": "yes"}',
        '{"watch": 1}',
        '{"pause_on_battery": null}',
        '{"model": {"name": 1}}',
        '{"index": {"uri": null}}',
        '{"indexing": {"watch": 1}}',
        '{"indexing": true}',
        "[]",
        '"text"',
        "null",
        b"\xff\xfe\x00",
        b"\0" * 50,
    ],
)
def test_error_for_a_damaged_file_names_it_and_a_remedy(tmp_path: Path, content: bytes | str) -> None:
    write(tmp_path, content)

    with pytest.raises(LibraryError, match=r"settings\.json .*[Rr]epair or delete that file"):
        load(tmp_path)


def test_file_that_cannot_be_read_is_an_error(tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).mkdir()

    with pytest.raises(LibraryError, match="cannot be read"):
        load(tmp_path)


@pytest.mark.skipif(os.name == "nt", reason="Windows cannot limit the file size of a process")
def test_interrupted_save_keeps_the_old_settings(tmp_path: Path) -> None:
    save(tmp_path, Settings(model=ModelSettings(name="old")))

    done = subprocess.run(
        [sys.executable, "-c", ON_A_FULL_DISK, tmp_path],
        capture_output=True,
        text=True,
        check=True,
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONDONTWRITEBYTECODE": "1"},
    )

    assert done.stdout.startswith(f"The settings cannot be saved in {tmp_path}: ")
    assert load(tmp_path) == Settings(model=ModelSettings(name="old"))


def test_saving_in_a_missing_library_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryError, match=r"cannot be saved in .*gone: No such file"):
        save(tmp_path / "gone", Settings())


def test_library_in_the_environment_takes_precedence() -> None:
    assert default_library({"SEMBLANCE_LIBRARY": "/chosen"}) == Path("/chosen")
    for environment in ({}, {"SEMBLANCE_LIBRARY": ""}):
        assert default_library(environment).name == "Semblance"
        assert default_library(environment).is_absolute()
