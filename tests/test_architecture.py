"""How the code is laid out, as far as it can be measured. What may import what is in pyproject.toml."""

from __future__ import annotations

import ast
import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

CHECKOUT = Path(__file__).resolve().parents[1]
MODULES = sorted([*(CHECKOUT / "core").rglob("*.py"), *(CHECKOUT / "desktop").rglob("*.py"), CHECKOUT / "main.py"])
IN_THE_PROCESS_OF_LITE = {"core.vectors.lite_files", "core.vectors.lite_segment"}
LINES_OF_A_FILE = 400
LINES_OF_A_FUNCTION = 40
MODULES_OF_A_FOLDER = 20
HEAVY = {"torch", "torchvision", "timm", "openvino", "pymilvus", "milvus_lite", "grpc", "PySide6", "qasync"}


def _name(file: Path) -> str:
    return file.relative_to(CHECKOUT).as_posix()


@pytest.mark.parametrize("file", MODULES, ids=_name)
def test_a_module_is_short_and_says_what_it_is_for(file: Path) -> None:
    text = file.read_text(encoding="utf-8")
    tree = ast.parse(text)
    assert ast.get_docstring(tree), "the module has no docstring"
    assert len(text.splitlines()) <= LINES_OF_A_FILE
    functions = [node for node in ast.walk(tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))]
    lengths = {node.name: (node.end_lineno or 0) - node.lineno + 1 for node in functions}
    assert {name: lines for name, lines in lengths.items() if lines > LINES_OF_A_FUNCTION} == {}


def test_no_folder_has_more_modules_than_a_reader_can_take_in() -> None:
    tests = (CHECKOUT / "tests").rglob("*.py")
    modules = Counter(file.parent for file in [*MODULES, *tests] if file.name != "__init__.py")
    assert {_name(folder): count for folder, count in modules.items() if count > MODULES_OF_A_FOLDER} == {}


def _loaded_by(statement: str) -> set[str]:
    code = f"import sys; {statement}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    run = subprocess.run([sys.executable, "-c", code], cwd=CHECKOUT, capture_output=True, encoding="utf-8", check=True)
    return set(run.stdout.split())


@pytest.mark.parametrize("module", ["core.engine", "core.cli.main", "main"])
def test_importing_the_program_loads_nothing_heavy(module: str) -> None:
    loaded = _loaded_by(f"import {module}")
    assert module.partition(".")[0] in loaded
    assert loaded.isdisjoint(HEAVY)


def test_every_module_of_the_engine_can_be_imported_without_anything_heavy() -> None:
    names = [_name(file).removesuffix(".py").removesuffix("/__init__").replace("/", ".") for file in MODULES]
    engine = ", ".join(name for name in names if name.startswith("core") and name not in IN_THE_PROCESS_OF_LITE)
    assert _loaded_by(f"import {engine}").isdisjoint(HEAVY)
