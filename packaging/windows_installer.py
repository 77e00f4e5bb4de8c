"""Builds the installer for Windows from the frozen program, with NSIS."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from environment import CHECKOUT
from picture_types import EXTENSIONS
from set_up_error import SetUpError

SCRIPT = CHECKOUT / "packaging" / "installer" / "windows" / "semblance.nsi"
ICON = "semblance.ico"
VERSION_INFO = "version_info.txt"
PICTURE_TYPES = "picture_types.nsh"
PUBLISHER = "The Semblance authors"


def prepare(python: Path, version: str, made: Path) -> None:
    """Write what PyInstaller needs for Windows to the folder `made`. `python` is that of the environment.

    Raises:
        SetUpError: The icon could not be drawn.
    """
    made.mkdir(parents=True, exist_ok=True)
    (made / VERSION_INFO).write_text(version_info(version), encoding="utf-8")
    if subprocess.call([python, CHECKOUT / "packaging" / "app_icons.py", made / ICON]):
        raise SetUpError("The icon of the program could not be drawn.")


def version_info(version: str) -> str:
    """Return the version resource of the executables in the syntax of PyInstaller."""
    numbers = (*map(int, version.split(".")), 0)
    texts = {
        "CompanyName": PUBLISHER,
        "FileDescription": "Semblance",  # Windows shows this as the name of the program
        "FileVersion": version,
        "LegalCopyright": PUBLISHER,
        "ProductName": "Semblance",
        "ProductVersion": version,
    }
    strings = ", ".join(f"StringStruct({name!r}, {text!r})" for name, text in texts.items())
    fixed = f"FixedFileInfo(filevers={numbers}, prodvers={numbers})"
    table = f"StringFileInfo([StringTable('040904B0', [{strings}])])"  # American English, in Unicode
    translation = "VarFileInfo([VarStruct('Translation', [0x0409, 0x04B0])])"
    return f"VSVersionInfo(ffi={fixed}, kids=[{table}, {translation}])\n"


def build(program: Path, version: str, target: Path) -> None:
    """Write the installer of a frozen program to the folder `target`.

    Raises:
        SetUpError: NSIS is missing, or the installer could not be built.
    """
    target.mkdir(parents=True, exist_ok=True)
    made = program.parents[1]
    (made / PICTURE_TYPES).write_text(picture_types(), encoding="utf-8")
    if subprocess.call(command(makensis(), program, version, made, target)):
        raise SetUpError("The installer could not be built. The output of makensis says why.")


def command(compiler: str, program: Path, version: str, made: Path, target: Path) -> list[str | Path]:
    """Return the command that compiles the installer. Warnings are errors."""
    values = {
        "VERSION": version,
        "PROGRAM": program,
        "ICON": made / ICON,
        "PICTURE_TYPES": made / PICTURE_TYPES,
        "INSTALLER": target / f"semblance-{version}-setup.exe",
    }
    definitions = [f"-D{name}={value}" for name, value in values.items()]
    return [compiler, "-V2", "-WX", "-INPUTCHARSET", "UTF8", *definitions, SCRIPT]


def picture_types() -> str:
    """Return an NSIS macro that calls another one for every extension of a picture."""
    calls = "".join(f'  !insertmacro ${{MACRO}} "{extension}"\n' for extension in EXTENSIONS)
    return f"!macro EachPictureType MACRO\n{calls}!macroend\n"


def makensis() -> str:
    """Return the compiler of NSIS.

    Raises:
        SetUpError: It is not installed.
    """
    folder = Path(os.environ.get("PROGRAMFILES(X86)", ""), "NSIS")
    if found := shutil.which("makensis") or shutil.which("makensis", path=folder):
        return found
    raise SetUpError("makensis is missing, which builds the installer. Install NSIS 3.08 or newer.")
