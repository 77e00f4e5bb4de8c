from __future__ import annotations

import sys
from typing import TYPE_CHECKING

import pytest

import system_libraries
from set_up_error import SetUpError
from system_libraries import SystemLibrary

if TYPE_CHECKING:
    from pathlib import Path

GL = SystemLibrary("libGL.so.1", "libgl1")
XVFB = SystemLibrary("Xvfb", "xvfb")
ABSENT = SystemLibrary("libsemblance-absent.so.9", "libsemblance-absent9")
ABSENT_PROGRAM = SystemLibrary("semblance-absent-program", "semblance-absent")


def test_apt_reads_its_lists_first_and_asks_nothing() -> None:
    update, install = system_libraries.apt_commands(["libgl1", "xvfb"])
    assert update == ["apt-get", "update"]
    assert install == ["apt-get", "install", "--yes", "--no-install-recommends", "libgl1", "xvfb"]


def test_what_is_missing_is_named_with_the_commands_that_install_it() -> None:
    text = system_libraries.missing_message([GL, XVFB])
    assert "libGL.so.1, Xvfb" in text
    assert "    sudo apt-get update\n" in text
    assert text.endswith("    sudo apt-get install --yes --no-install-recommends libgl1 xvfb")


@pytest.mark.parametrize("library", [ABSENT, ABSENT_PROGRAM])
def test_what_no_system_has_is_not_there(library: SystemLibrary) -> None:
    assert not library.is_installed()


@pytest.fixture
def without_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems bring what Qt needs")


@only_linux
@pytest.mark.usefixtures("without_apt")
def test_required_libraries_that_cannot_be_had_end_the_set_up() -> None:
    with pytest.raises(SetUpError, match=r"libsemblance-absent\.so\.9"):
        system_libraries.require([ABSENT])


@only_linux
@pytest.mark.usefixtures("without_apt")
def test_recommended_libraries_that_cannot_be_had_are_named_and_no_more(capsys: pytest.CaptureFixture[str]) -> None:
    system_libraries.recommend([ABSENT], "Without it, nothing is seen.")
    said = capsys.readouterr().err
    assert "libsemblance-absent.so.9" in said
    assert "Without it, nothing is seen." in said


@pytest.mark.parametrize(
    ("system", "variables", "seen"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_screen_is_known_by_the_system_and_its_variables(system: str, variables: dict[str, str], seen: bool) -> None:
    assert system_libraries.has_screen(system, variables) is seen
