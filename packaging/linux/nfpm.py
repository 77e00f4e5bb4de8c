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
PYTORCH_PACKAGE = "semblance-pytorch"
MAINTAINER = "The Semblance authors <authors@semblance.app>"
KINDS = ("deb", "rpm")
DESCRIPTIONS = ("nfpm.yaml", "nfpm-pytorch.yaml")


def build(python: Path, program: Path, share: Path, version: str, commit_time: int, target: Path) -> None:
    """Write the packages of a frozen program and the files in `share` to the folder `target`.

    Raises:
        SetUpError: A package could not be built.
    """
    nfpm = python.with_name("nfpm")
    values = variables(program, share, version, commit_time)
    for name in DESCRIPTIONS:
        config = program.with_name(name)
        config.write_text(Template((FILES / name).read_text(encoding="utf-8")).substitute(values), encoding="utf-8")
        for kind in KINDS:
            if subprocess.call([nfpm, "package", "--config", config, "--packager", kind, "--target", target]):
                raise SetUpError(f"The {kind} package of {name} could not be built. The output of nfpm says why.")


def variables(program: Path, share: Path, version: str, commit_time: int) -> dict[str, str]:
    """Return the values in nfpm's descriptions, after writing the files that they name beside the frozen program."""
    made = program.parent
    changes = (CHECKOUT / "CHANGELOG.md").read_text(encoding="utf-8")
    of_program, of_pytorch = (debian_changelog(name, version, commit_time) for name in ("semblance", PYTORCH_PACKAGE))
    return {
        "ARCHITECTURE": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "CHANGELOG": str(compressed(changes, made / "changelog.gz")),
        "DEBIAN_CHANGELOG": str(compressed(of_program, made / "changelog.Debian.gz")),
        "DEBIAN_CHANGELOG_OF_PYTORCH": str(compressed(of_pytorch, made / "changelog-pytorch.Debian.gz")),
        "FILES": str(FILES),
        "MAINTAINER": MAINTAINER,
        "PROGRAM": str(program),
        "PYTORCH": str(program.with_name("pytorch")),
        "SHARE": str(share),
        "TIME": datetime.fromtimestamp(commit_time, UTC).isoformat().replace("+00:00", "Z"),
        "VERSION": version,
    }


def debian_changelog(package: str, version: str, time: int) -> str:
    """Return the changelog of a package, which refers to that of the program."""
    date = format_datetime(datetime.fromtimestamp(time, UTC))
    return (
        f"{package} ({version}-1) unstable; urgency=medium\n\n"
        f"  * Package version {version}. The changelog of semblance has its changes.\n\n"
        f" -- {MAINTAINER}  {date}\n"
    )
