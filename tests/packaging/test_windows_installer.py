from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path

import platformdirs
import platformdirs.windows
import pytest

import windows_installer
from core.library.settings import default_library
from set_up_error import SetUpError

SCRIPT = windows_installer.SCRIPT.read_text(encoding="utf-8")
CONTENT = ("semblance.exe", "semblance.com", "_internal/library.dll", "licences/README.txt")
needs_makensis = pytest.mark.skipif(not shutil.which("makensis"), reason="makensis is missing (package nsis)")


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return a folder that stands in for the frozen program, with what was prepared for it."""
    made = tmp_path_factory.mktemp("build")
    program = made / "frozen" / "semblance"
    for name in CONTENT:
        file = program / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(name)
    windows_installer.prepare(Path(sys.executable), "1.2.3", made)
    return program


@pytest.mark.slow
@needs_makensis
def test_installer_is_compiled_and_needs_no_administrator(program: Path, tmp_path: Path) -> None:
    windows_installer.build(program, "1.2.3", tmp_path / "dist")

    (installer,) = (tmp_path / "dist").iterdir()
    assert installer.name == "semblance-1.2.3-setup.exe"
    assert b'requestedExecutionLevel level="asInvoker"' in installer.read_bytes()


@pytest.mark.slow
@needs_makensis
def test_warning_of_the_compiler_is_an_error(
    program: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    script = tmp_path / "semblance.nsi"
    script.write_text(SCRIPT + "\nVar Unused\n", encoding="utf-8")
    monkeypatch.setattr(windows_installer, "SCRIPT", script)

    with pytest.raises(SetUpError, match="makensis says why"):
        windows_installer.build(program, "1.2.3", tmp_path / "dist")
    assert "Unused" in capfd.readouterr().out


def test_upgrade_and_uninstaller_remove_all_that_was_installed() -> None:
    removed = re.search(r"!macro RemoveProgram\n(.*?)!macroend", SCRIPT, re.DOTALL)
    assert removed
    names = set(re.findall(r'"\$INSTDIR\\([^"]+)"', removed[1]))
    assert names == {Path(name).parts[0] for name in CONTENT} | {"uninstall.exe"}
    assert SCRIPT.count("!insertmacro RemoveProgram\n") == 2


def test_uninstaller_removes_every_key_that_the_installer_writes() -> None:
    written = set(re.findall(r'WriteReg\w+ HKCU "(\$\{\w+\}(?:\\\$\{PROGRAM_ID\})?)', SCRIPT))
    removed = set(re.findall(r'^  DeleteRegKey HKCU "([^"]+)"', SCRIPT, re.MULTILINE))
    assert written - {"${CLASSES}"} == removed
    assert "!insertmacro EachPictureType AddPictureType" in SCRIPT
    assert "!insertmacro EachPictureType RemovePictureType" in SCRIPT


def test_uninstaller_names_the_folder_of_the_library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOCALAPPDATA", "/local")
    monkeypatch.setattr(platformdirs, "PlatformDirs", platformdirs.windows.Windows)
    if sys.platform != "win32":
        monkeypatch.setattr(platformdirs.windows, "get_win_folder", platformdirs.windows.get_win_folder_from_env_vars)
    library = default_library({}).relative_to("/local")
    assert f'StrCpy $Library "$LOCALAPPDATA\\{library}"' in SCRIPT
    assert 'ReadEnvStr $Library "SEMBLANCE_LIBRARY"' in SCRIPT


def test_version_resource_has_the_version_as_numbers_and_as_text() -> None:
    def recorded(*arguments: object, **named: object) -> list[object]:
        return [*arguments, named]

    names = ("FixedFileInfo", "StringFileInfo", "StringStruct", "StringTable", "VarFileInfo", "VarStruct")
    resource = eval(windows_installer.version_info("1.2.3"), dict.fromkeys((*names, "VSVersionInfo"), recorded))
    assert resource[0]["ffi"] == [{"filevers": (1, 2, 3, 0), "prodvers": (1, 2, 3, 0)}]
    assert ["ProductVersion", "1.2.3", {}] in resource[0]["kids"][0][0][0][1]


def test_missing_compiler_is_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("PROGRAMFILES(X86)", str(tmp_path))
    with pytest.raises(SetUpError, match="makensis is missing"):
        windows_installer.makensis()
