from __future__ import annotations

import sys
from pathlib import Path

import pytest

import environment
from set_up_error import SetUpError


def test_stamp_is_equal_for_equal_inputs() -> None:
    assert environment.stamp(b"project", b"pins", "3.11.7") == environment.stamp(b"project", b"pins", "3.11.7")


@pytest.mark.parametrize(
    "inputs",
    [(b"project!", b"pins", "3.11.7"), (b"project", b"pins!", "3.11.7"), (b"project", b"pins", "3.12.0")],
)
def test_stamp_changes_with_every_input(inputs: tuple[bytes, bytes, str]) -> None:
    assert environment.stamp(*inputs) != environment.stamp(b"project", b"pins", "3.11.7")


def test_stamp_depends_on_the_boundary_between_the_files() -> None:
    assert environment.stamp(b"ab", b"c", "3.11.7") != environment.stamp(b"a", b"bc", "3.11.7")


@pytest.mark.parametrize(
    ("system", "machine", "wanted"),
    [
        ("linux", "x86_64", "torch==2.13.0+cpu"),
        ("linux", "aarch64", ""),
        ("darwin", "arm64", ""),
        ("darwin", "x86_64", ""),
        ("win32", "AMD64", ""),
    ],
)
def test_torch_without_cuda_is_required_only_on_linux_x86_64(system: str, machine: str, wanted: str) -> None:
    assert environment.torch_requirement("2.13.0", system, machine) == wanted


def test_pinned_version_does_not_include_the_environment_marker() -> None:
    constraints = "numpy==2.4.6\ntorch==2.13.0 ; sys_platform == 'linux'\ntorchvision==0.28.0\n"
    assert environment.pinned("torch", constraints) == "2.13.0"


def test_missing_pin_raises_an_error_that_names_the_package() -> None:
    with pytest.raises(SetUpError, match="torch is not pinned"):
        environment.pinned("torch", "torchvision==0.28.0\n")


def test_requirements_include_those_of_all_extras() -> None:
    project = (
        '[project]\ndependencies = ["numpy"]\n[project.optional-dependencies]\ntest = ["pytest"]\ndev = ["ruff"]\n'
    )
    assert environment.requirements(project) == ["numpy", "pytest", "ruff"]


def test_version_of_a_working_python_is_returned() -> None:
    assert environment.version_of(Path(sys.executable)) == ".".join(str(part) for part in sys.version_info[:3])


def test_missing_or_broken_python_has_an_empty_version(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("not a program")
    broken.chmod(0o755)
    assert environment.version_of(tmp_path / "none") == ""
    assert environment.version_of(broken) == ""


WANTED = environment.stamp(b"project", b"pins", "3.11.7")


def test_environment_with_the_wanted_stamp_is_reused() -> None:
    assert environment.work_left("3.11.7", WANTED, WANTED) is environment.Work.NONE


def test_changed_requirements_are_installed_into_the_existing_environment() -> None:
    older = environment.stamp(b"older project", b"pins", "3.11.7")
    assert environment.work_left("3.11.7", older, WANTED) is environment.Work.INSTALL


@pytest.mark.parametrize(
    ("version", "found"),
    [
        pytest.param("3.11.7", "", id="set-up incomplete"),
        pytest.param("", WANTED, id="broken"),
        pytest.param("3.12.1", environment.stamp(b"project", b"pins", "3.12.1"), id="another Python"),
        pytest.param("", "", id="none there"),
    ],
)
def test_incomplete_or_broken_environment_is_recreated(version: str, found: str) -> None:
    assert environment.work_left(version, found, WANTED) is environment.Work.ALL
