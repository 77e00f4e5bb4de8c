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


def test_apt_commands_update_the_lists_first_and_do_not_prompt() -> None:
    update, install = system_libraries.apt_commands(["libgl1", "xvfb"])
    assert update == ["apt-get", "update"]
    assert install == ["apt-get", "install", "--yes", "--no-install-recommends", "libgl1", "xvfb"]


def test_missing_message_names_the_libraries_and_the_apt_commands() -> None:
    text = system_libraries.missing_message([GL, XVFB])
    assert "libGL.so.1, Xvfb" in text
    assert "    sudo apt-get update\n" in text
    assert text.endswith("    sudo apt-get install --yes --no-install-recommends libgl1 xvfb")


@pytest.mark.parametrize("library", [ABSENT, ABSENT_PROGRAM])
def test_unknown_library_or_program_is_not_installed(library: SystemLibrary) -> None:
    assert not library.is_installed()


@pytest.fixture
def without_apt(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))


only_linux = pytest.mark.skipif(sys.platform != "linux", reason="other systems already have the libraries")


@only_linux
@pytest.mark.usefixtures("without_apt")
def test_missing_required_library_raises_an_error() -> None:
    with pytest.raises(SetUpError, match=r"libsemblance-absent\.so\.9"):
        system_libraries.require([ABSENT])


@only_linux
@pytest.mark.usefixtures("without_apt")
def test_missing_recommended_library_prints_only_a_warning(capsys: pytest.CaptureFixture[str]) -> None:
    system_libraries.recommend([ABSENT], "Without it, no window appears.")
    message = capsys.readouterr().err
    assert "libsemblance-absent.so.9" in message
    assert "Without it, no window appears." in message


@pytest.mark.parametrize(
    ("system", "variables", "expected"),
    [
        ("linux", {}, False),
        ("linux", {"DISPLAY": ""}, False),
        ("linux", {"DISPLAY": ":0"}, True),
        ("linux", {"WAYLAND_DISPLAY": "wayland-0"}, True),
        ("darwin", {}, True),
        ("win32", {}, True),
    ],
)
def test_has_screen_depends_on_the_system_and_the_display_variables(
    system: str, variables: dict[str, str], expected: bool
) -> None:
    assert system_libraries.has_screen(system, variables) is expected
