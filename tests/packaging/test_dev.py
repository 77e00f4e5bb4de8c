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


def test_arguments_after_a_double_dash_are_passed_to_pytest() -> None:
    assert dev.split(["--fast", "--", "-k", "core", "--", "x"]) == (["--fast"], ["-k", "core", "--", "x"])
    assert dev.split(["--fast"]) == (["--fast"], [])


def test_help_lists_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as error:
        dev.main(["--help"])
    assert error.value.code == 0
    output = capsys.readouterr().out
    assert all(f"packaging/dev.py {command}" in output for command in ["demo", "test", "run"])


def test_unknown_command_is_a_usage_error() -> None:
    with pytest.raises(SystemExit) as error:
        dev.main(["install"])
    assert error.value.code == 2


def check_names(planned: list[checks.Check]) -> list[str]:
    return [check.name for check in planned]


def test_slow_checks_and_the_run_without_qt_are_planned_only_on_request() -> None:
    python = Path(sys.executable)
    quick = check_names(checks.planned(python, [], without_qt=False, slow=False))
    full = check_names(checks.planned(python, [], without_qt=True, slow=True))
    assert quick == ["ruff check", "ruff format", "mypy", "imports", "pytest"]
    packages = ["package", "installed program"] if sys.platform == "linux" else []
    assert full == [*quick, "pytest without Qt", "pytest, slow", *packages]


def test_planned_commands_contain_the_pytest_arguments() -> None:
    planned = checks.planned(Path(sys.executable), ["-k", "scan"], without_qt=False, slow=True)
    (slow,) = (check.command for check in planned if check.name == "pytest, slow")
    assert " ".join(map(str, slow)).endswith(" -k scan -m slow --durations 30")


@pytest.mark.parametrize(
    ("argument", "expected"), [("--pdb", True), ("--trace", True), ("-s", True), ("-x", False), ("-n1", False)]
)
def test_interactive_pytest_options_turn_off_parallel_tests(argument: str, expected: bool) -> None:
    planned = checks.planned(Path(sys.executable), [argument, "--version"], without_qt=False, slow=False)
    command = planned[-1].command

    assert (("-n", "0") in pairwise(command)) is expected
    assert subprocess.run(command, capture_output=True, check=False).returncode == 0, "pytest rejects these options"


def exits_with(status: int, also_passes: int = 0) -> checks.Check:
    return checks.Check(f"exits with {status}", (sys.executable, "-c", f"raise SystemExit({status})"), {}, also_passes)


def test_a_failed_check_fails_the_run_but_does_not_stop_it(capfd: pytest.CaptureFixture[str]) -> None:
    assert checks.run_all([exits_with(3), exits_with(0)]) == 1
    output = capfd.readouterr().out
    assert "FAILED  exits with 3" in output
    assert "passed  exits with 0" in output


def test_run_succeeds_if_all_checks_pass() -> None:
    assert checks.run_all([exits_with(0), exits_with(5, also_passes=5)]) == 0


def test_demo_environment_drops_semblance_variables_and_keeps_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SEMBLANCE_MILVUS_URI", "http://somewhere:19530")
    monkeypatch.setenv("KEPT", "yes")
    assert "SEMBLANCE_MILVUS_URI" not in demo.demo_environment()
    assert demo.demo_environment()["KEPT"] == "yes"


@pytest.mark.parametrize("module", ["PySide6", "PySide6.QtCore", "qasync", "shiboken6"])
def test_importing_qt_fails_with_the_qt_is_absent_plugin(module: str) -> None:
    code = f"import qt_is_absent, json\ntry: import {module}\nexcept ModuleNotFoundError: raise SystemExit(7)"
    folder = environment.CHECKOUT / "packaging"
    assert subprocess.run([sys.executable, "-c", code], cwd=folder, check=False).returncode == 7
