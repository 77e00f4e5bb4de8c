"""Limits on module, function and folder sizes, and on heavy imports. The import contracts are in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODULES = sorted([*(CHECKOUT / "core").rglob("*.py"), *(CHECKOUT / "desktop").rglob("*.py"), CHECKOUT / "main.py"])
LITE_PROCESS_MODULES = {"core.vectors.lite_files", "core.vectors.lite_segment"}
NETWORK_MODULES = {"core.models.subject_and_look"}
MAX_LINES_PER_FILE = 400
MAX_LINES_PER_FUNCTION = 40
MAX_MODULES_PER_FOLDER = 20
HEAVY = {"torch", "torchvision", "timm", "openvino", "pymilvus", "milvus_lite", "grpc", "PySide6", "qasync"}


def _name(file: Path) -> str:
    return file.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_module_has_a_docstring_and_stays_within_the_line_limits(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the module has no docstring"
    assert len(text.splitlines()) <= MAX_LINES_PER_FILE
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = [(node.name, (node.end_lineno or 0) - node.lineno + 1) for node in functions]
    assert [(name, lines) for name, lines in lengths if lines > MAX_LINES_PER_FUNCTION] == []


def test_no_folder_exceeds_the_module_limit() -> None:
    tests = (CHECKOUT / "tests").rglob("*.py")
    modules = Counter(file.parent for file in [*MODULES, *tests] if file.name != "__init__.py")
    assert {_name(folder): count for folder, count in modules.items() if count > MAX_MODULES_PER_FOLDER} == {}


def _packages_loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["core.engine", "core.cli.main", "main"])
def test_importing_an_entry_point_loads_no_heavy_package(module: str) -> None:
    loaded = _packages_loaded_by(f"import {module}")
    assert module.partition(".")[0] in loaded
    assert loaded.isdisjoint(HEAVY)


def test_importing_any_engine_module_loads_no_heavy_package() -> None:
    names = [_name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in MODULES]
    others = LITE_PROCESS_MODULES | NETWORK_MODULES
    engine = ", ".join(name for name in names if name.startswith("core") and name not in others)
    assert _packages_loaded_by(f"import {engine}").isdisjoint(HEAVY)
