"""Benchmarks are run by hand, so a change of what they use would go unnoticed."""

from __future__ import annotations

import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from environment import CHECKOUT

if TYPE_CHECKING:
    from pathlib import Path

BENCHMARKS = [
    file for file in sorted((CHECKOUT / "tests" / "benchmarks").glob("*.py")) if "ArgumentParser(" in file.read_text()
]


@pytest.mark.slow
@pytest.mark.parametrize("file", BENCHMARKS, ids=lambda file: file.stem)
def test_benchmark_starts(file: Path, tmp_path: Path) -> None:
    run = subprocess.run([sys.executable, file, "--help"], cwd=tmp_path, capture_output=True, encoding="utf-8")

    assert run.returncode == 0, run.stderr
    assert f"python tests/benchmarks/{file.name}" in run.stdout
