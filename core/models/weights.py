"""Reads weights from a file without running anything in it, and puts them into a network."""

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
"""How often training updated a mean: of no use afterwards, and missing from many files."""


def read(file: Path) -> StateDict:
    """Return the tensors of a `.safetensors` file, or of any other file as `torch.save` writes it, by name.

    Raises:
        ModelError: The file is unreadable, damaged, holds code, or is no set of weights.
    """
    return _read_safetensors(file) if file.suffix.lower() == ".safetensors" else read_checkpoint(file, str(file))


def read_checkpoint(file: Path | IO[bytes], shown: str) -> StateDict:
    """Return the tensors of what `torch.save` wrote; `shown` names it in errors.

    Raises:
        ModelError: As for `read`.
    """
    prepare_torch()
    import torch

    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # torch remarks upon old and odd formats; only whether it reads them counts
            checkpoint: object = torch.load(file, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:
        raise ModelError(
            f"{shown} is damaged or holds more than weights, possibly a program. It was not opened. "
            "Choose a file that holds nothing but weights, best in the safetensors format."
        ) from error
    except Exception as error:  # whatever a parser meets: torch checks little of a damaged file before it reads on
        raise ModelError(f"{shown} is damaged or not a file with weights. Fetch it again or choose another.") from error
    return _state_dict(checkpoint, shown)


def fit(module: Module, weights: StateDict, head: Collection[str], shown: str) -> None:
    """Put weights into a network, all but those of its classifying head, whose modules `head` names.

    Raises:
        ModelError: Tensors are missing, unknown, or of another shape.
    """
    wanted, given = _body(module.state_dict(), head), _body(weights, head)
    reshaped = [name for name in wanted.keys() & given.keys() if wanted[name].shape != given[name].shape]
    differences = (
        _difference("missing", wanted.keys() - given.keys()),
        _difference("unknown to it", given.keys() - wanted.keys()),
        _difference("of another shape", reshaped),
    )
    if any(differences):
        found = "; ".join(difference for difference in differences if difference)
        raise ModelError(f"The weights in {shown} do not fit this model: {found}. Choose the model they were made for.")
    module.load_state_dict(given, strict=False)


def is_counter(name: str) -> bool:
    """Tell whether a tensor only counts training steps."""
    return name.endswith(_COUNTER)


def _read_safetensors(file: Path) -> StateDict:
    prepare_torch()
    import safetensors
    import safetensors.torch

    try:
        tensors: StateDict = safetensors.torch.load_file(file)
    except (OSError, safetensors.SafetensorError) as error:
        raise ModelError(f"{file} is damaged or not a safetensors file. Fetch it again or choose another.") from error
    return _state_dict(tensors, str(file))


def _state_dict(checkpoint: object, shown: str) -> StateDict:
    from torch import Tensor

    for wrapper in ("state_dict", "model"):
        if isinstance(checkpoint, dict) and isinstance(checkpoint.get(wrapper), dict):
            checkpoint = checkpoint[wrapper]
    if not isinstance(checkpoint, dict) or not checkpoint:
        raise ModelError(f"{shown} holds no weights. Choose a file with the weights of a model.")
    weights: StateDict = {}
    for name, tensor in checkpoint.items():
        if not isinstance(name, str) or not isinstance(tensor, Tensor):
            raise ModelError(f"{shown} holds other things than weights ({name!r}). Choose a file with weights alone.")
        weights[name.removeprefix("module.")] = tensor
    return weights


def _body(weights: StateDict, head: Collection[str]) -> StateDict:
    prefixes = tuple(f"{name}." for name in head)
    return {name: tensor for name, tensor in weights.items() if not name.startswith(prefixes) and not is_counter(name)}


def _difference(what: str, names: Collection[str]) -> str:
    if not names:
        return ""
    example = min(names)
    return f"{len(names)} {'tensor is' if len(names) == 1 else 'tensors are'} {what}, such as {example}"
