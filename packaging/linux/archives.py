"""Builds the archives that install the program for one user, without root: one to unpack, and one that runs.

PyTorch comes in an archive of its own, to be unpacked in the folder of the installed program.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
from datetime import UTC, datetime
from email.utils import format_datetime
from typing import TYPE_CHECKING

from linux.desktop_files import FILES
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path


def build(program: Path, share: Path, version: str, commit_time: int, target: Path) -> None:
    """Write the archives of a frozen program and the files in `share` to the folder `target`.

    Raises:
        SetUpError: An archive could not be built.
    """
    name = f"semblance-{version}-linux-{platform.machine()}"
    contents = collect(program, share, program.with_name(name))
    same_every_time = f"--mtime=@{commit_time} --owner=0 --group=0 --numeric-owner --mode=go=u-w"
    tar = ("tar", "--create", "--sort=name", "--use-compress-program=zstd -T0 -6", *same_every_time.split())
    _run(contents.parent, *tar, f"--file={target / name}.tar.zst", name)
    _run(contents.parent, *tar, f"--file={target / name.replace('-', '-pytorch-', 1)}.tar.zst", "pytorch")
    date = format_datetime(datetime.fromtimestamp(commit_time, UTC))
    # xz, because not every desktop has zstd, and gzip makes a third more. A higher level takes minutes for little less.
    compression = ("--xz", "--complevel", "2", "--threads", "2", "--nomd5", "--nocrc", "--sha256")
    options = ("--quiet", "--keep-umask", *compression, "--packaging-date", date, "--tar-extra", same_every_time)
    makeself = ("makeself", *options, name, f"{name}.run", f"Semblance {version}", "./install.sh", "--start")
    # Its arguments become part of the file, so there is no path of this computer in them.
    _run(contents.parent, *makeself)
    shutil.move(contents.with_name(f"{name}.run"), target / f"{name}.run")
    shutil.rmtree(contents)


def collect(program: Path, share: Path, target: Path) -> Path:
    """Return the folder `target` with the contents of the archives. Its files are links, which take no space."""
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(program, target / "program", symlinks=True, copy_function=os.link)
    shutil.copytree(share, target / "share", copy_function=os.link)
    shutil.copy(FILES / "install.sh", target)
    return target


def _run(folder: Path, *command: str) -> None:
    if status := subprocess.call(command, cwd=folder):
        raise SetUpError(f"{command[0]} ended with status {status}.")
