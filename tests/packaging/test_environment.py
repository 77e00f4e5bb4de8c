from __future__ import annotations

import sys
from pathlib import Path

import pytest

import environment
from set_up_error import SetUpError


def test_stamp_is_the_same_for_the_same_ingredients() -> None:
    assert environment.stamp(b"project", b"pins", "3.11.7") == environment.stamp(b"project", b"pins", "3.11.7")


@pytest.mark.parametrize(
    "ingredients",
    [(b"project!", b"pins", "3.11.7"), (b"project", b"pins!", "3.11.7"), (b"project", b"pins", "3.12.0")],
)
def test_stamp_changes_with_every_ingredient(ingredients: tuple[bytes, bytes, str]) -> None:
    assert environment.stamp(*ingredients) != environment.stamp(b"project", b"pins", "3.11.7")


def test_stamp_tells_where_one_file_ends_and_the_next_begins() -> None:
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
def test_torch_without_cuda_is_asked_for_on_linux_only(system: str, machine: str, wanted: str) -> None:
    assert environment.torch_requirement("2.13.0", system, machine) == wanted


def test_pinned_version_stops_before_a_marker() -> None:
    constraints = "numpy==2.4.6\ntorch==2.13.0 ; sys_platform == 'linux'\ntorchvision==0.28.0\n"
    assert environment.pinned("torch", constraints) == "2.13.0"


def test_a_missing_pin_is_an_error_that_names_it() -> None:
    with pytest.raises(SetUpError, match="torch is not pinned"):
        environment.pinned("torch", "torchvision==0.28.0\n")


def test_requirements_are_those_of_the_program_and_of_its_extras() -> None:
    project = (
        '[project]\ndependencies = ["numpy"]\n[project.optional-dependencies]\ntest = ["pytest"]\ndev = ["ruff"]\n'
    )
    assert environment.requirements(project) == ["numpy", "pytest", "ruff"]


def test_version_of_a_python_that_runs() -> None:
    assert environment.version_of(Path(sys.executable)) == ".".join(str(part) for part in sys.version_info[:3])


def test_a_python_that_is_missing_or_broken_has_no_version(tmp_path: Path) -> None:
    broken = tmp_path / "python"
    broken.write_text("not a program")
    broken.chmod(0o755)
    assert environment.version_of(tmp_path / "none") == ""
    assert environment.version_of(broken) == ""


WANTED = environment.stamp(b"project", b"pins", "3.11.7")


def test_an_environment_with_the_wanted_stamp_is_used_as_it_is() -> None:
    assert environment.work_left("3.11.7", WANTED, WANTED) is environment.Work.NONE


def test_changed_requirements_are_installed_into_the_environment_that_is_there() -> None:
    older = environment.stamp(b"older project", b"pins", "3.11.7")
    assert environment.work_left("3.11.7", older, WANTED) is environment.Work.INSTALL


@pytest.mark.parametrize(
    ("version", "found"),
    [
        pytest.param("3.11.7", "", id="cut off"),
        pytest.param("", WANTED, id="broken"),
        pytest.param("3.12.1", environment.stamp(b"project", b"pins", "3.12.1"), id="another Python"),
        pytest.param("", "", id="none there"),
    ],
)
def test_an_environment_that_cannot_be_trusted_is_made_anew(version: str, found: str) -> None:
    assert environment.work_left(version, found, WANTED) is environment.Work.ALL
