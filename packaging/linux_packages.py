"""Builds the packages for Linux from the frozen program, with nfpm."""

from __future__ import annotations

import platform
import subprocess
from datetime import UTC, datetime
from string import Template
from typing import TYPE_CHECKING

from environment import CHECKOUT
from set_up_error import SetUpError

if TYPE_CHECKING:
    from pathlib import Path

FILES = CHECKOUT / "packaging" / "installer" / "linux"
ICON = CHECKOUT / "resources" / "icons" / "semblance.svg"
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64"}
MAINTAINER = "The Semblance authors <semblance@localhost>"
KINDS = ("deb", "rpm")


def build(python: Path, program: Path, version: str, commit_time: int, target: Path) -> None:
    """Write the packages of a frozen program to the folder `target`.

    Raises:
        SetUpError: A package could not be built.
    """
    variables = {
        "ARCHITECTURE": ARCHITECTURES.get(platform.machine(), platform.machine()),
        "FILES": str(FILES),
        "ICON": str(ICON),
        "MAINTAINER": MAINTAINER,
        "PROGRAM": str(program),
        "TIME": datetime.fromtimestamp(commit_time, UTC).isoformat().replace("+00:00", "Z"),
        "VERSION": version,
    }
    target.mkdir(parents=True, exist_ok=True)
    config = program.with_name("nfpm.yaml")
    template = Template((FILES / "nfpm.yaml").read_text(encoding="utf-8"))
    config.write_text(template.substitute(variables), encoding="utf-8")
    for kind in KINDS:
        command = [python.with_name("nfpm"), "package", "--config", config, "--packager", kind, "--target", target]
        if subprocess.call(command):
            raise SetUpError(f"The {kind} package could not be built. The output of nfpm says why.")
