from __future__ import annotations

import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import pytest

import checks
import demo
import dev
import environment


def test_arguments_after_two_dashes_go_to_pytest() -> None:
    assert dev.split(["--fast", "--", "-k", "core", "--", "x"]) == (["--fast"], ["-k", "core", "--", "x"])
    assert dev.split(["--fast"]) == (["--fast"], [])


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as end:
        dev.main(["--help"])
    assert end.value.code == 0
    said = capsys.readouterr().out
    assert all(f"packaging/dev.py {command}" in said for command in ["demo", "test", "run"])


def test_an_unknown_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as end:
        dev.main(["install"])
    assert end.value.code == 2


def names(planned: list[checks.Check]) -> list[str]:
    return [check.name for check in planned]


def test_slow_tests_and_the_run_without_qt_are_left_out_when_not_asked_for() -> None:
    python = Path(sys.executable)
    quick = names(checks.planned(python, [], without_qt=False, slow=False))
    full = names(checks.planned(python, [], without_qt=True, slow=True))
    assert quick == ["ruff check", "ruff format", "mypy", "imports", "pytest"]
    assert full == [*quick, "pytest without Qt", "pytest, slow"]


def test_arguments_reach_pytest() -> None:
    planned = checks.planned(Path(sys.executable), ["-k", "scan"], without_qt=False, slow=True)
    assert [check.command[-4:] for check in planned if "slow" in check.name] == [("-k", "scan", "-m", "slow")]


@pytest.mark.parametrize(
    ("argument", "expected"), [("--pdb", True), ("--trace", True), ("-s", True), ("-x", False), ("-n1", False)]
)
def test_tests_run_one_by_one_where_somebody_sits_at_the_terminal(argument: str, expected: bool) -> None:
    planned = checks.planned(Path(sys.executable), [argument, "--version"], without_qt=False, slow=False)
    command = planned[-1].command

    assert (("-n", "0") in pairwise(command)) is expected
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0, "pytest refuses that"


def ends_with(status: int, also_passes: int = 0) -> checks.Check:
    return checks.Check(f"ends with {status}", (sys.executable, "-c", f"raise SystemExit({status})"), {}, also_passes)


def test_every_check_runs_and_one_failure_fails_all(capfd: pytest.CaptureFixture[str]) -> None:
    assert checks.run_all([ends_with(3), ends_with(0)]) == 1
    said = capfd.readouterr().out
    assert "FAILED  ends with 3" in said
    assert "passed  ends with 0" in said


def test_all_passed_is_zero() -> None:
    assert checks.run_all([ends_with(0), ends_with(5, also_passes=5)]) == 0


def test_demo_forgets_the_choices_of_its_surroundings(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", "http://somewhere:19530")
    monkeypatch.setenv("KEPT", "yes")
    assert "SEMBLANCE_MILVUS_URI" not in demo.demo_environment()
    assert demo.demo_environment()["KEPT"] == "yes"


@pytest.mark.parametrize("module", ["PySide6", "PySide6.QtCore", "qasync", "shiboken6"])
def test_qt_cannot_be_imported_where_it_is_said_to_be_absent(module: str) -> None:
    code = f"import qt_is_absent, json\ntry: import {module}\nexcept ModuleNotFoundError: raise SystemExit(7)"
    folder = environment.CHECKOUT / "packaging"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 7
