"""Checks the packages in dist: their files, and the program as a plain user without a network."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import environment
import system_libraries
from set_up_error import SetUpError

PACKAGES = environment.CHECKOUT / "dist"
NOBODY = "65534"
APPLICATION = "app.semblance.Semblance"


def check(package: Path, installer: Path) -> None:
    """Check a Debian package and the file that installs the program for one user, printing what is done.

    Raises:
        SetUpError: A check failed. Its output says why.
    """
    system_libraries.require(system_libraries.CHECKING_PACKAGES)
    with tempfile.TemporaryDirectory() as folder:
        root, home = Path(folder, "root"), Path(folder, "home")
        run("dpkg-deb", "--extract", package, root)
        share = root / "usr" / "share"
        run("desktop-file-validate", share / "applications" / f"{APPLICATION}.desktop")
        run("appstreamcli", "validate", "--no-net", share / "metainfo" / f"{APPLICATION}.metainfo.xml")
        run("lintian", "--fail-on", "error", "--allow-root", package)
        home.mkdir()
        for path in (Path(folder), home):
            path.chmod(0o755)
        user = plain_user(home)
        run(*user, root / "usr" / "lib" / "semblance" / "semblance", "--self-test")
        run(*user, shutil.copy(installer, folder), "--quiet")
        run(*user, home / ".local" / "lib" / "semblance" / "uninstall")


def plain_user(home: Path) -> tuple[str, ...]:
    """Return how to run a command as a user with this home folder, without root and without a network."""
    clean = ("env", "--ignore-environment", f"HOME={home}", f"TMPDIR={home}", "PATH=/usr/bin:/bin", "LANG=C.UTF-8")
    if os.geteuid() != 0:
        return ("unshare", "--net", "--user", "--map-current-user", *clean)
    shutil.chown(home, int(NOBODY), int(NOBODY))
    return ("unshare", "--net", "setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *clean)


def run(*command: str | Path) -> None:
    """Run a command, and raise a `SetUpError` if it fails."""
    print("$", *command, flush=True)
    if status := subprocess.call(command):
        raise SetUpError(f"{command[0]} ended with status {status}.")


def main() -> int:
    """Check the packages in dist, and return the exit status."""
    packages, installers = list(PACKAGES.glob("*.deb")), list(PACKAGES.glob("*.run"))
    if len(packages) != 1 or len(installers) != 1:
        print(f"There are no packages in {PACKAGES}. Build them with packaging/build.py.", file=sys.stderr)
        return 1
    try:
        check(packages[0], installers[0])
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
