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
        for file in (folder, *folder.rglob("*")):
            settle(file, commit_time)
    nfpm.build(python, program, share, version, commit_time, target)
    archives.build(program, share, version, commit_time, target)


def settle(file: Path, commit_time: int) -> None:
    """Give a file or folder the time and mode that it has in the packages. nfpm would keep those of this computer."""
    if not file.is_symlink():
        file.chmod(0o755 if file.is_dir() or os.access(file, os.X_OK) else 0o644)
    os.utime(file, (commit_time, commit_time), follow_symlinks=False)
