"""Builds everything that installs the frozen program on Linux: packages, and archives for one user."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from linux import archives, desktop_files, nfpm

if TYPE_CHECKING:
    from pathlib import Path


def build(python: Path, program: Path, version: str, commit_time: int, target: Path) -> None:
    """Write packages and archives of a frozen program to the folder `target`. `python` is that of the environment.

    Raises:
        SetUpError: One could not be built.
    """
    target.mkdir(parents=True, exist_ok=True)
    share = program.with_name("share")
    desktop_files.write(python, version, commit_time, share)
    for folder in (program, program.with_name("pytorch"), share):
        for file in folder.rglob("*"):  # nfpm keeps the times of the files in a folder
            os.utime(file, (commit_time, commit_time), follow_symlinks=False)
    nfpm.build(python, program, share, version, commit_time, target)
    archives.build(program, share, version, commit_time, target)
