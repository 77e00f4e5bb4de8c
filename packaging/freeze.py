"""Freezes the program: Python, the libraries and the converted default model in one folder that needs no set-up."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

from environment import CHECKOUT
from linux.trim import trim
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

BUILD = CHECKOUT / "build"
PYTORCH = BUILD / "frozen" / "pytorch"
"""What the program finds in the folder `pytorch` beside it, and needs only for models other than the default one."""

PROGRAM = BUILD / "frozen" / ("Semblance.app" if sys.platform == "darwin" else "semblance")
DOCUMENTS = PROGRAM / "Contents" / "Resources" if sys.platform == "darwin" else PROGRAM
"""Where documents for the user are in the program."""

MODELS = BUILD / "models"
SPEC = CHECKOUT / "packaging" / "installer" / "semblance.spec"

CONVERT = """
import sys
from pathlib import Path
from core.library.settings import DEFAULT_MODEL
from core.models.registry import PROJECTED, choose
from core.models.runtime import load
for choice in (choose(DEFAULT_MODEL), PROJECTED):
    load(choice, Path(sys.argv[1]))
"""


def freeze(python: Path, commit_time: int) -> Path:
    """Return the folder with the frozen program, which is its bundle on macOS. `python` is that of the environment.

    Raises:
        SetUpError: A step failed. Its output says why.
    """
    shutil.rmtree(MODELS, ignore_errors=True)
    shutil.rmtree(PROGRAM.parent, ignore_errors=True)
    # The order of sets, and the times in compiled modules, would make each build different.
    same_every_time = {"PYTHONHASHSEED": "0", "SOURCE_DATE_EPOCH": str(commit_time)}
    _run([python, "-c", CONVERT, MODELS], same_every_time)
    folders = ("--distpath", PROGRAM.parent, "--workpath", BUILD / "pyinstaller")
    _run([python, "-m", "PyInstaller", "--noconfirm", "--log-level", "ERROR", *folders, SPEC], same_every_time)
    _run([python, CHECKOUT / "packaging" / "licences.py", DOCUMENTS / "licences"], same_every_time)
    if sys.platform == "linux":
        _run([python, CHECKOUT / "packaging" / "optional_pytorch.py", PYTORCH], same_every_time)
        trim(PROGRAM, python)
    return PROGRAM


def _run(command: list[str | Path], variables: dict[str, str]) -> None:
    if status := subprocess.call(command, cwd=CHECKOUT, env=os.environ | variables):
        raise SetUpError(f"The program could not be frozen: {command[1]} ended with status {status}.")
