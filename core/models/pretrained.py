"""A network of torch with its weights and without its classifying head, wherever it comes from."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from core.errors import ModelError
from core.models import bundled, timm_models, torchvision_models
from core.models.registry import Source

if TYPE_CHECKING:
    from pathlib import Path

    from torch.nn import Module

    from core.images.model_input import InputSpec
    from core.models.download import OnDownload
    from core.models.registry import ModelChoice


@dataclass(frozen=True, slots=True)
class Pretrained:
    """A network that turns (N, 3, height, width) float32 into (N, dim), ready to run."""

    key: str
    module: Module
    input: InputSpec
    dim: int


def build(choice: ModelChoice, downloads: Path, on_download: OnDownload | None = None) -> Pretrained:
    """Return the network of a model; weights that are to be fetched are kept in the folder `downloads`.

    Raises:
        ModelError: There is no such model, or its weights cannot be read or do not fit.
        DownloadError: The weights could not be fetched.
    """
    if choice.source is Source.PACKAGE:
        module, seen = bundled.build(choice)
    elif choice.source is Source.TORCHVISION:
        module, seen = torchvision_models.build(choice, downloads, on_download)
    else:
        module, seen = timm_models.build(choice, downloads, on_download)
    module.eval()
    return Pretrained(choice.key, module, seen, _dim(choice, module, seen))


def _dim(choice: ModelChoice, module: Module, seen: InputSpec) -> int:
    import torch

    with torch.inference_mode():
        features = module(torch.zeros(1, 3, seen.height, seen.width))
    if not isinstance(features, torch.Tensor) or features.ndim != 2:
        raise ModelError(f"{choice.name} does not give one vector for a picture. Choose another model.")
    if not torch.isfinite(features).all():
        raise ModelError(f"The weights of {choice.name} are damaged: they give no finite numbers. Fetch them again.")
    return features.shape[1]
