"""The libraries of released versions in tests/libraries."""

from __future__ import annotations

import tarfile
from typing import TYPE_CHECKING

from tests.helpers.checkout import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

LIBRARIES = CHECKOUT / "tests" / "libraries"
VERSIONS = sorted(file.name.removesuffix(".tar.gz") for file in LIBRARIES.glob("*.tar.gz"))


def unpack(version: str, folder: Path) -> Path:
    """Unpack the library of a released version and its photos, and return the folder of the library."""
    with tarfile.open(LIBRARIES / f"{version}.tar.gz") as archive:
        archive.extractall(folder, filter="data")
    return folder / "library"
