"""Reads weights from files without running code in them, and loads them into networks."""

from __future__ import annotations

import pickle
import warnings
from typing import IO, TYPE_CHECKING

from core.errors import ModelError
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from collections.abc import Collection
    from pathlib import Path
    from typing import TypeAlias

    from torch import Tensor
    from torch.nn import Module

    StateDict: TypeAlias = dict[str, Tensor]

_COUNTER = "num_batches_tracked"
"""The ending of tensors that count training steps. They are useless after training and missing from many files."""


def read(file: Path) -> StateDict:
    """Return the tensors, by name, of a `.safetensors` file or of any other file that `torch.save` wrote.

    Raises:
        ModelError: The file is unreadable or damaged, contains code, or does not contain weights.
    """
    return _read_safetensors(file) if file.suffix.lower() == ".safetensors" else read_checkpoint(file, str(file))


def read_checkpoint(file: Path | IO[bytes], shown: str) -> StateDict:
    """Return the tensors, by name, of a file that `torch.save` wrote. Error messages call the file `shown`.

    Raises:
        ModelError: For the same reasons as in `read`.
    """
    prepare_torch()
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch warns about old formats, although it can read them
            checkpoint: object = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{shown} is damaged or contains more than weights, possibly a program. It was not opened. "
            "Choose a file that contains only weights, preferably in the safetensors format."
        ) from error
    except Exception as error:  # torch validates little, so parsing a damaged file can raise anything
        raise ModelError(f"{shown} is damaged or not a weights file. Download it again or choose another.") from error
    return _state_dict(checkpoint, shown)


def fit(module: Module, weights: StateDict, head: Collection[str], shown: str) -> None:
    """Load weights into a network, except those of its classifier head, whose modules `head` names.

    Raises:
        ModelError: Tensors are missing, unexpected, or of a different shape.
    """
    expected, given = _without_head(module.state_dict(), head), _without_head(weights, head)
    reshaped = [name for name in expected.keys() & given.keys() if expected[name].shape != given[name].shape]
    differences = (
        _difference("missing", expected.keys() - given.keys()),
        _difference("unexpected", given.keys() - expected.keys()),
        _difference("of a different shape", reshaped),
    )
    if any(differences):
        reasons = "; ".join(difference for difference in differences if difference)
        raise ModelError(
            f"The weights in {shown} do not fit this model: {reasons}. Choose the model they were made for."
        )
    module.load_state_dict(given, strict=False)


def is_counter(name: str) -> bool:
    """Return whether a tensor only counts training steps."""
    return name.endswith(_COUNTER)


def _read_safetensors(file: Path) -> StateDict:
    prepare_torch()
    import safetensors
    import safetensors.torch

    try:
        tensors: StateDict = safetensors.torch.load_file(file)
    except (OSError, safetensors.SafetensorError) as error:
        raise ModelError(
            f"{file} is damaged or not a safetensors file. Download it again or choose another."
        ) from error
    return _state_dict(tensors, str(file))


def _state_dict(checkpoint: object, shown: str) -> StateDict:
    from torch import Tensor

    for wrapper in ("state_dict", "model"):
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(wrapper), dict):
            checkpoint = checkpoint[wrapper]
    if not isinstance(checkpoint, dict) or not checkpoint:
        raise ModelError(f"{shown} contains no weights. Choose a file with the weights of a model.")
    weights: StateDict = {}
    for name, tensor in checkpoint.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ModelError(
                f"{shown} contains more than weights ({name!r}). Choose a file that contains only weights."
            )
        weights[name.removeprefix("module.")] = tensor
    return weights


def _without_head(weights: StateDict, head: Collection[str]) -> StateDict:
    prefixes = tuple(f"{name}." for name in head)
    return {name: tensor for name, tensor in weights.items() if not name.startswith(prefixes) and not is_counter(name)}


def _difference(problem: str, names: Collection[str]) -> str:
    if not names:
        return ""
    example = min(names)
    return f"{len(names)} {'tensor is' if len(names) == 1 else 'tensors are'} {problem}, such as {example}"
