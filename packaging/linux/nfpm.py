"""Builds the Debian and RPM packages from the frozen program, with nfpm."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from email.utils import format_datetime
from string import Template
from typing import TYPE_CHECKING

from environment import CHECKOUT
from linux.desktop_files import FILES, compressed
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MAINTAINER = "The Semblance authors <authors@semblance.app>"
KINDS = ("deb", "rpm")


def build(python: Path, program: Path, share: Path, version: str, commit_time: int, target: Path) -> None:
    """Write the packages of a frozen program and the files in `share` to the folder `target`.

    Raises:
        SetUpError: A package could not be built.
    """
    config = program.with_name("nfpm.yaml")
    config.write_text(description(program, share, version, commit_time), encoding="utf-8")
    nfpm = python.with_name("nfpm")
    for kind in KINDS:
        if subprocess.call([nfpm, "package", "--config", config, "--packager", kind, "--target", target]):
            raise SetUpError(f"The {kind} package could not be built. The output of nfpm says why.")


def description(program: Path, share: Path, version: str, commit_time: int) -> str:
    """Return nfpm's description of the packages, after writing the files that it names beside the frozen program."""
    made = program.parent
    variables = {
        "ARCHITECTURE": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "CHANGELOG": str(compressed((CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8"), made / "changelog.gz")),
        "DEBIAN_CHANGELOG": str(compressed(debian_changelog(version, commit_time), made / "changelog.Debian.gz")),
        "FILES": str(FILES),
        "MAINTAINER": MAINTAINER,
        "PROGRAM": str(program),
        "SHARE": str(share),
        "TIME": datetime.fromtimestamp(commit_time, UTC).isoformat().replace("+00:00", "Z"),
        "VERSION": version,
    }
    return Template((FILES / "nfpm.yaml").read_text(encoding="utf-8")).substitute(variables)


def debian_changelog(version: str, time: int) -> str:
    """Return the changelog of the package itself, which refers to that of the program."""
    date = format_datetime(datetime.fromtimestamp(time, UTC))
    return (
        f"semblance ({version}-1) unstable; urgency=medium\n\n"
        f"  * Package version {version}. changelog.gz has its changes.\n\n"
        f" -- {MAINTAINER}  {date}\n"
    )
