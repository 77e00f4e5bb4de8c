"""Freeze Semblance and build its packages for this system, in the folder dist. Only Python 3.11 or newer is needed.

python packaging/build.py
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import tomllib
from typing import TYPE_CHECKING

import environment
import freeze
import linux.packages
import macos_image
import sizes
import system_libraries
import windows_installer
from file_list import file_list
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

TARGET = environment.CHECKOUT / "dist"
SYSTEM = f"{platform.system().lower()}-{platform.machine().lower()}"


def build() -> None:
    """Build everything for this system, and print what it is and what takes the room.

    Beside the packages, this writes their hashes, and a list of the files in the program with theirs.

    Raises:
        SetUpError: A step failed.
    """
    python = environment.set_up()
    system_libraries.require(system_libraries.BUILDING)
    shutil.rmtree(TARGET, ignore_errors=True)
    TARGET.mkdir(exist_ok=True)
    time = commit_time()
    if sys.platform == "win32":
        windows_installer.prepare(python, version(), freeze.BUILD)
    elif sys.platform == "darwin":
        macos_image.prepare(python, version(), freeze.BUILD)
    program = freeze.freeze(python, time)
    add_bill_of_materials(python, time)
    hashes = TARGET / f"semblance-{version()}-{SYSTEM}.files.sha256"
    hashes.write_text(file_list(program.parent), encoding="utf-8", newline="\n")
    print(f"{program}:\n{sizes.table(program)}")
    if sys.platform == "linux":
        linux.packages.build(python, program, version(), time, TARGET)
    elif sys.platform == "win32":
        windows_installer.build(program, version(), TARGET)
    elif sys.platform == "darwin":
        macos_image.build(program, version(), TARGET)
    for package in sorted(TARGET.iterdir()):
        print(f"{package}: {package.stat().st_size / sizes.MEGABYTE:,.0f} MB")
    (TARGET / "SHA256SUMS").write_text(file_list(TARGET), encoding="utf-8", newline="\n")


def version() -> str:
    """Return the version of the project."""
    return str(tomllib.loads(environment.PROJECT.read_text(encoding="utf-8"))["project"]["version"])


def commit_time() -> int:
    """Return the time of the last commit, in seconds since 1970. Files in the packages get this time."""
    return int(last_commit("%ct"))


def last_commit(what: str) -> str:
    """Return a property of the last commit in the format of `git log`."""
    command = ["git", "log", "-1", f"--format={what}"]
    done = subprocess.run(command, cwd=environment.CHECKOUT, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SetUpError(f"The last commit is unknown: {done.stderr.strip()}")
    return done.stdout.strip()


def add_bill_of_materials(python: Path, time: int) -> None:
    """Write the software bill of materials to dist, and beside the licences in the frozen program."""
    file = TARGET / f"semblance-{version()}-{SYSTEM}.cdx.json"
    script = environment.CHECKOUT / "packaging" / "sbom.py"
    command: list[str | Path] = [python, script, version(), last_commit("%H"), str(time), file]
    if subprocess.call(command, env=os.environ | {"PYTHONPATH": str(environment.CHECKOUT)}):
        raise SetUpError("The software bill of materials could not be written.")
    shutil.copyfile(file, freeze.DOCUMENTS / "licences" / "semblance.cdx.json")


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
