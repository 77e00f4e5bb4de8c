from __future__ import annotations

import hashlib
import subprocess
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.models.registry import Source, choose, offered

if TYPE_CHECKING:
    from pathlib import Path


def test_default_model_is_offered_first() -> None:
    assert offered() == ("efficientnet-lite0", "resnet18", "resnet34", "resnet50", "resnet152")


@pytest.mark.parametrize(
    ("name", "key", "source"),
    [
        ("efficientnet-lite0", "efficientnet-lite0-57934424-caef2a56", Source.PACKAGE),
        ("resnet18", "resnet18-f37072fd", Source.TORCHVISION),
        ("timm/resnet18.a1_in1k", "timm/resnet18.a1_in1k", Source.TIMM),
        ("timm/vit_base_patch16_224", "timm/vit_base_patch16_224", Source.TIMM),
    ],
)
def test_key_names_model_and_published_weights(name: str, key: str, source: Source) -> None:
    choice = choose(name)

    assert (choice.name, choice.key, choice.source, choice.weights) == (name, key, source, None)


@pytest.mark.parametrize("name", ["resnet18", "timm/resnet18", "efficientnet-lite0"])
def test_key_of_own_weights_changes_with_their_content(name: str, tmp_path: Path) -> None:
    file = tmp_path / "own.pth"
    file.write_bytes(b"one")
    first = choose(name, file)
    file.write_bytes(b"two")

    assert first.key == f"{name}-{hashlib.sha256(b'one').hexdigest()[:8]}"
    assert choose(name, file).key != first.key
    assert first.weights == file


def test_missing_weights_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match=r"gone\.pth"):
        choose("resnet18", tmp_path / "gone.pth")


def test_error_for_an_unknown_name_lists_the_available_models() -> None:
    with pytest.raises(ModelError) as error:
        choose("ResNet-18")

    assert "Did you mean" in str(error.value)
    assert all(name in str(error.value) for name in (*offered(), "timm/NAME"))


@given(st.text(max_size=40) | st.from_regex(r"timm/[a-z_.]*"))
def test_any_name_is_a_model_or_an_error(name: str) -> None:
    with suppress(ModelError):
        assert choose(name).name == name


def test_choosing_a_model_imports_no_neural_network_library() -> None:
    script = (
        "import sys; from core.models import runtime, registry; registry.choose('resnet18');"
        "assert not {'torch', 'torchvision', 'timm', 'openvino', 'safetensors'} & sys.modules.keys()"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
