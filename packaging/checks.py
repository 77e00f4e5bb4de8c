"""The checks that `dev.py test` runs. All of them run, even after one has failed, and a summary ends the output."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

NO_TESTS_COLLECTED = 5

IN_PARALLEL = ("-n", str(min(4, 2 * (os.cpu_count() or 1))), "--dist", "loadfile", "--no-loadscope-reorder")
"""More workers than cores, because tests wait as much as they compute. tests/conftest.py explains the file order."""

ONE_BY_ONE = ("-n", "0")

WITHOUT_QT = ("tests/core/cli/test_index.py", "tests/core/cli/test_main.py", "tests/core/cli/test_results.py")
"""Tests that run the engine by its commands. The check "imports" already finds every import of Qt in `core`."""

INTERACTIVE = {"--pdb", "--trace", "-s"}
"""Options of pytest that need the terminal, which tests that run in parallel do not have."""


@dataclass(frozen=True, slots=True)
class Check:
    """A command that passes if its exit status is 0 or `also_passes`."""

    name: str
    command: Sequence[str | Path]
    variables: dict[str, str] = field(default_factory=dict)
    also_passes: int = 0


def planned(python: Path, for_pytest: list[str], *, without_qt: bool, slow: bool) -> list[Check]:
    """Return the checks in the order in which they run, quick ones first."""
    parallel: tuple[str | Path, ...] = (python, "-m", "pytest", *IN_PARALLEL)
    one_by_one = () if INTERACTIVE.isdisjoint(for_pytest) else ONE_BY_ONE
    pytest = (*parallel, *one_by_one, *for_pytest)
    offscreen = {"QT_QPA_PLATFORM": "offscreen"}
    checks = [
        Check("ruff check", (python, "-m", "ruff", "check", ".")),
        Check("ruff format", (python, "-m", "ruff", "format", "--check", ".")),
        Check("mypy", (python, "-m", "mypy")),
        Check("imports", (python.parent / "lint-imports", "--no-logo")),
        Check("pytest", pytest, offscreen),
    ]
    if without_qt:
        plugin = {"PYTHONPATH": str(environment.CHECKOUT / "packaging")}
        options = ("-p", "no:pytest-qt", "-p", "qt_is_absent")
        checks.append(Check("pytest without Qt", (*parallel, *options, *WITHOUT_QT), plugin))
    if slow:
        checks.append(
            Check("pytest, slow", (*pytest, "-m", "slow", "--durations", "30"), offscreen, NO_TESTS_COLLECTED)
        )
        if sys.platform == "linux":
            checks.append(Check("package", (python, "packaging/build.py")))
            checks.append(Check("installed program", (python, "packaging/check_package.py")))
    return checks


def run_all(checks: list[Check]) -> int:
    """Run the checks one after the other, and return 0 if all passed, else 1."""
    lines = []
    all_passed = True
    for check in checks:
        print(f"\n== {check.name}", flush=True)
        start = time.monotonic()
        status = subprocess.call(check.command, cwd=environment.CHECKOUT, env=os.environ | check.variables)
        passed = status in {0, check.also_passes}
        all_passed = all_passed and passed
        lines.append(f"{'passed' if passed else 'FAILED'}  {check.name} ({time.monotonic() - start:.0f} s)")
    print("\n" + "\n".join(lines))
    return 0 if all_passed else 1
