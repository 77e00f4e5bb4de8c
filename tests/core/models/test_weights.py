from __future__ import annotations

import pickle
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelError
from core.models import weights
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from collections.abc import Callable

    from torch.nn import Module

    from core.models.weights import StateDict


@pytest.fixture
def network() -> Module:
    prepare_torch()
    from torch import nn

    body = nn.Sequential(nn.Conv2d(3, 2, 1), nn.BatchNorm2d(2))
    return nn.ModuleDict({"body": body, "fc": nn.Linear(2, 4)})


@pytest.fixture
def tensors(network: Module) -> StateDict:
    import torch

    return {name: torch.rand_like(tensor, dtype=torch.float32) for name, tensor in network.state_dict().items()}


def save_checkpoint(checkpoint: object, file: Path) -> Path:
    import torch

    torch.save(checkpoint, file)
    return file


def saved_as(kind: str, tensors: StateDict, folder: Path) -> Path:
    import torch
    from safetensors.torch import save_file

    file = folder / f"weights.{kind.rpartition(' ')[2]}"
    if kind == "safetensors":
        save_file(tensors, file)
    else:
        torch.save(tensors, file, _use_new_zipfile_serialization=not kind.startswith("old"))
    return file


KINDS = ["pth", "old pth", "safetensors"]


@pytest.mark.parametrize("kind", KINDS)
def test_saved_tensors_are_read_unchanged(kind: str, tensors: StateDict, tmp_path: Path) -> None:
    read = weights.read(saved_as(kind, tensors, tmp_path))

    assert read.keys() == tensors.keys()
    assert all(read[name].equal(tensors[name]) for name in tensors)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("share", [0, 0.1, 0.5, 0.99])
def test_truncated_file_is_an_error(kind: str, share: float, tensors: StateDict, tmp_path: Path) -> None:
    file = saved_as(kind, tensors, tmp_path)
    file.write_bytes(file.read_bytes()[: int(file.stat().st_size * share)])

    with pytest.raises(ModelError, match="damaged"):
        weights.read(file)


@pytest.mark.parametrize("suffix", [".pth", ".safetensors"])
@given(content=st.binary(max_size=200))
def test_file_with_other_content_is_an_error(suffix: str, content: bytes) -> None:
    with TemporaryDirectory() as folder:
        file = Path(folder, f"weights{suffix}")
        file.write_bytes(content)

        with pytest.raises(ModelError, match="weights"):
            weights.read(file)


class Trap:
    """Runs code that creates the file `evidence` when it is unpickled."""

    def __init__(self, evidence: Path) -> None:
        self.evidence = evidence

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.touch, (self.evidence,)


def test_code_in_a_checkpoint_is_rejected_and_not_run(tensors: StateDict, tmp_path: Path) -> None:
    evidence = tmp_path / "evidence"
    checkpoint = save_checkpoint({**tensors, "trap": Trap(evidence)}, tmp_path / "a.pth")
    bare = tmp_path / "b.pth"
    bare.write_bytes(pickle.dumps(Trap(evidence)))

    for file in (checkpoint, bare):
        with pytest.raises(ModelError, match="possibly a program"):
            weights.read(file)
    assert not evidence.exists()


@pytest.mark.parametrize("wrapper", ["state_dict", "model"])
def test_wrapped_checkpoint_is_unwrapped(wrapper: str, tensors: StateDict, tmp_path: Path) -> None:
    wrapped = {"epoch": 3, wrapper: {f"module.{name}": tensor for name, tensor in tensors.items()}}

    assert weights.read(save_checkpoint(wrapped, tmp_path / "a.pth")).keys() == tensors.keys()


@pytest.mark.parametrize("checkpoint", [{}, [1, 2], {"epoch": 3}, {7: "x"}, {"state_dict": {"a": "b"}}, "text", None])
def test_checkpoint_without_weights_is_an_error(checkpoint: object, tmp_path: Path) -> None:
    prepare_torch()

    with pytest.raises(ModelError, match="weights"):
        weights.read(save_checkpoint(checkpoint, tmp_path / "a.pth"))


def test_weights_are_loaded_into_the_network(network: Module, tensors: StateDict) -> None:
    weights.fit(network, tensors, ("fc",), "a.pth")

    assert network.state_dict()["body.0.weight"].equal(tensors["body.0.weight"])
    assert network.state_dict()["body.1.running_var"].equal(tensors["body.1.running_var"])


@pytest.mark.parametrize("classes", [None, 9])
def test_classifier_head_may_be_missing_or_different(network: Module, tensors: StateDict, classes: int | None) -> None:
    import torch

    del tensors["fc.weight"], tensors["fc.bias"], tensors["body.1.num_batches_tracked"]
    if classes:
        tensors["fc.weight"] = torch.rand(classes, 2)

    weights.fit(network, tensors, ("fc",), "a.pth")

    assert network.state_dict()["body.0.weight"].equal(tensors["body.0.weight"])


def test_error_for_weights_that_do_not_fit_counts_and_names_tensors(network: Module, tensors: StateDict) -> None:
    import torch

    del tensors["body.0.bias"], tensors["body.1.bias"]
    tensors |= {"fc2.weight": torch.rand(2), "body.0.weight": torch.rand(2, 3, 2, 2)}

    with pytest.raises(ModelError) as error:
        weights.fit(network, tensors, ("fc",), "own.pth")

    assert "own.pth" in str(error.value)
    assert "2 tensors are missing, such as body.0.bias" in str(error.value)
    assert "1 tensor is unexpected, such as fc2.weight" in str(error.value)
    assert "1 tensor is of a different shape, such as body.0.weight" in str(error.value)
