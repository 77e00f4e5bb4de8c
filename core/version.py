"""The version of Semblance."""

from __future__ import annotations

import tomllib
from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
"""The only place that states the version. The frozen program has a copy."""


def version() -> str:
    """Return the version, for example "1.2.3"."""
    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
