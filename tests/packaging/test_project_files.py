"""What is shipped and pinned: the sample photos and their credits, the requirements and their pins."""

from __future__ import annotations

import ast
import re
import sys
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

import environment

SAMPLES = environment.CHECKOUT / "resources" / "samples"
PICTURES = frozenset({".jpg", ".png", ".webp", ".heic"})
MEBIBYTE = 1024 * 1024
CREDIT = re.compile(
    r"^\| `(?P<file>[^`]+)` \| [^|]+ \| [^|]+ \| [^|]+ \| (?P<licence>CC0 1\.0|CC BY [24]\.0|public domain) \|$",
    re.MULTILINE,
)


def sample_files() -> set[str]:
    found = (file for file in SAMPLES.rglob("*") if file.suffix in PICTURES)
    return {file.relative_to(SAMPLES).as_posix() for file in found}


def test_every_sample_is_credited_under_a_free_licence_and_no_other_file_is() -> None:
    credits_text = (SAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    credited = [match["file"] for match in CREDIT.finditer(credits_text)]
    assert sorted(credited) == sorted(sample_files())


def test_samples_stay_small() -> None:
    assert sum((SAMPLES / name).stat().st_size for name in sample_files()) < 6 * MEBIBYTE


def test_samples_show_the_formats_that_people_have() -> None:
    assert {Path(name).suffix for name in sample_files()} == PICTURES


def pins() -> dict[str, str]:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return {normal(line.partition("==")[0]): line for line in lines}


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_names() -> list[str]:
    requirements = environment.requirements(environment.PROJECT.read_text(encoding="utf-8"))
    return [normal(re.split(r"[<>=!~ ;\[]", requirement)[0]) for requirement in requirements]


def test_every_requirement_is_pinned() -> None:
    assert set(requirement_names()) - set(pins()) == set()


def imported_modules() -> set[str]:
    sources = [environment.CHECKOUT / "main.py"]
    sources += [file for part in ("core", "desktop") for file in (environment.CHECKOUT / part).rglob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source.read_bytes()))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_every_package_that_the_program_imports_is_required_by_name() -> None:
    providers = packages_distributions()
    modules = (
        {name.partition(".")[0] for name in imported_modules()} - set(sys.stdlib_module_names) - {"core", "desktop"}
    )
    undeclared = [
        module
        for module in sorted(modules)
        if not {normal(name) for name in providers.get(module, [])} & set(requirement_names())
    ]
    assert undeclared == []


def test_constraints_are_pins_and_name_no_place_to_fetch_from() -> None:
    odd = [line for line in pins().values() if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^@]+)?", line)]
    assert odd == []
    assert "://" not in environment.CONSTRAINTS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["torch", "torchvision"])
def test_torch_and_torchvision_are_pinned_to_the_pair_that_fits(name: str) -> None:
    pair = {"torch": "2.13.0", "torchvision": "0.28.0"}
    assert environment.pinned(name, environment.CONSTRAINTS.read_text(encoding="utf-8")) == pair[name]
