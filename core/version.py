"""The version of Semblance."""

from __future__ import annotations

from pathlib import Path

PROJECT = Path(__file__).parents[1] / "pyproject.toml"
"""The only place that states the version. The frozen program has a copy."""


def version() -> str:
    """Return the version, for example "1.2.3"."""
    import tomllib  # imported here, because every start would wait for it

    return str(tomllib.loads(PROJECT.read_text(encoding="utf-8"))["project"]["version"])
