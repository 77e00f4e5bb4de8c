from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

import licences
import optional_pytorch

if TYPE_CHECKING:
    from pathlib import Path


def test_pytorch_comes_with_all_that_it_needs_and_that_the_program_lacks() -> None:
    names = {licences.normalised(library.name) for library in optional_pytorch.distributions()}
    assert {"torch", "torchvision", "timm", "huggingface-hub", "sympy", "jinja2"} <= names
    assert names.isdisjoint({licences.normalised(library.name) for library in licences.frozen()})
    assert "setuptools" not in names


@pytest.mark.parametrize(
    ("file", "is_unused"),
    [
        ("torch/__init__.py", False),
        ("torch/lib/libtorch_cpu.so", False),
        ("torch/bin/torch_shm_manager", False),
        ("torch/bin/protoc", True),
        ("torch/lib/libjitbackend_test.so", True),
        ("torchvision/_C.so", True),
        ("torchvision/_C.cpython-311-x86_64-linux-gnu.so", True),
        ("torchvision/models/resnet.py", False),
        ("torchvision.libs/libcudart.60cfec8e.so.11.0", True),
        ("tqdm-4.70.1.dist-info/RECORD", True),
        ("tqdm-4.70.1.dist-info/METADATA", False),
        ("torch/include/ATen/ATen.h", True),
        ("torch/test/test_jit", True),
        ("torch/_C/__init__.pyi", True),
        ("torch/testing/_comparison.py", False),
        ("sympy/core/tests/test_add.py", True),
        ("timm/models/__pycache__/vision_transformer.cpython-311.pyc", True),
    ],
)
def test_headers_tests_and_type_stubs_are_left_out(file: str, is_unused: bool) -> None:
    assert bool(optional_pytorch.UNUSED.fullmatch(file)) is is_unused


def test_collected_modules_are_compiled_without_a_time_or_a_path_of_this_computer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    small = [library for library in optional_pytorch.distributions() if library.name == "MarkupSafe"]
    monkeypatch.setattr(optional_pytorch, "distributions", lambda: small)
    folders = [tmp_path / "first", tmp_path / "second"]
    for folder in folders:
        optional_pytorch.collect(folder)
    first, second = (
        {file.relative_to(folder): file.read_bytes() for file in folder.rglob("*") if file.is_file()}
        for folder in folders
    )
    assert first == second
    compiled = [data for file, data in first.items() if file.suffix == ".pyc"]
    assert compiled
    assert not any(bytes(tmp_path) in data for data in compiled)
    assert "RECORD" not in {file.name for file in first}
