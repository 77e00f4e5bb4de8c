"""Freeze Semblance and build its packages for this system, in the folder dist. Only Python 3.11 or newer is needed.

python packaging/build.py
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import environment
import freeze
import linux_packages
import system_libraries
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

TARGET = environment.CHECKOUT / "dist"
MEGABYTE = 1_000_000


def build() -> None:
    """Build everything for this system, and print what it is and its size.

    Raises:
        SetUpError: A step failed.
    """
    python = environment.set_up()
    system_libraries.require(system_libraries.BUILDING)
    shutil.rmtree(TARGET, ignore_errors=True)
    time = commit_time()
    program = freeze.freeze(python, time)
    print(f"{program}: {size(program) / MEGABYTE:,.0f} MB")
    if sys.platform == "linux":
        linux_packages.build(python, program, version(), time, TARGET)
    for package in sorted(TARGET.iterdir()):
        print(f"{package}: {size(package) / MEGABYTE:,.0f} MB")


def version() -> str:
    """Return the version of the project."""
    return str(tomllib.loads(environment.PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def commit_time() -> int:
    """Return the time of the last commit, in seconds since 1970. Files in the packages get this time."""
    command = ["git", "log", "-1", "--format=%ct"]
    done = subprocess.run(command, cwd=environment.CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpError(f"The time of the last commit is unknown: {done.stderr.strip()}")
    return int(done.stdout)


def size(path: Path) -> int:
    """Return the size of a file, or of all files in a folder, in bytes."""
    if path.is_file():
        return path.stat().st_size
    return sum(file.lstat().st_size for file in path.rglob("*") if file.is_symlink() or file.is_file())


def main(arguments: list[str]) -> int:
    """Build the packages, and return the exit status."""
    parser = argparse.ArgumentParser(
        prog="build.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.parse_args(arguments)
    try:
        build()
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
