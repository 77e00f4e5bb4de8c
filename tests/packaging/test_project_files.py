"""The sample photos and their credits, and the requirements and their pins."""

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


def test_credits_list_exactly_the_samples_and_only_free_licences() -> None:
    credits_text = (SAMPLES / "CREDITS.md").read_text(encoding="utf-8")
    credited = [match["file"] for match in CREDIT.finditer(credits_text)]
    assert sorted(credited) == sorted(sample_files())


def test_samples_are_smaller_than_6_mebibytes() -> None:
    assert sum((SAMPLES / name).stat().st_size for name in sample_files()) < 6 * MEBIBYTE


def test_samples_include_common_photo_formats() -> None:
    assert {Path(name).suffix for name in sample_files()} == PICTURES


def pins() -> dict[str, str]:
    lines = environment.CONSTRAINTS.read_text(encoding="utf-8").splitlines()
    return {normalize(line.partition("==")[0]): line for line in lines}


def normalize(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def requirement_names() -> list[str]:
    requirements = environment.requirements(environment.PROJECT.read_text(encoding="utf-8"))
    return [normalize(re.split(r"[<>=!~ ;\[]", requirement)[0]) for requirement in requirements]


def test_every_requirement_is_pinned() -> None:
    assert set(requirement_names()) - set(pins()) == set()


def imported_modules() -> set[str]:
    sources = [environment.CHECKOUT / "main.py"]
    sources += [file for part in ("core", "desktop") for file in (environment.CHECKOUT / part).rglob("*.py")]
    nodes = [node for source in sources for node in ast.walk(ast.parse(source.read_bytes()))]
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom) and node.module}


def test_every_package_that_the_program_imports_is_a_direct_requirement() -> None:
    providers = packages_distributions()
    modules = (
        {name.partition(".")[0] for name in imported_modules()} - set(sys.stdlib_module_names) - {"core", "desktop"}
    )
    undeclared = [
        module
        for module in sorted(modules)
        if not {normalize(name) for name in providers.get(module, [])} & set(requirement_names())
    ]
    assert undeclared == []


def test_constraints_contain_only_version_pins_and_no_urls() -> None:
    invalid = [line for line in pins().values() if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [^@]+)?", line)]
    assert invalid == []
    assert "://" not in environment.CONSTRAINTS.read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["torch", "torchvision"])
def test_torch_and_torchvision_are_pinned_to_compatible_versions(name: str) -> None:
    pair = {"torch": "2.13.0", "torchvision": "0.28.0"}
    assert environment.pinned(name, environment.CONSTRAINTS.read_text(encoding="utf-8")) == pair[name]
