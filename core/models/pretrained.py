"""Builds PyTorch networks with their weights and without their classifier head, from every source."""

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
    """A network, ready to run, that maps (N, 3, height, width) float32 to (N, dim)."""

    key: str
    module: Module
    input: InputSpec
    dim: int


def build(choice: ModelChoice, downloads: Path, on_download: OnDownload | None = None) -> Pretrained:
    """Return the network of a model. Downloaded weights are stored in the folder `downloads`.

    Raises:
        ModelError: There is no such model, or its weights cannot be read or do not fit.
        DownloadError: The weights could not be downloaded.
    """
    if choice.source is Source.PACKAGE:
        module, spec = bundled.build(choice)
    elif choice.source is Source.TORCHVISION:
        module, spec = torchvision_models.build(choice, downloads, on_download)
    else:
        module, spec = timm_models.build(choice, downloads, on_download)
    module.eval()
    return Pretrained(choice.key, module, spec, _dim(choice, module, spec))


def _dim(choice: ModelChoice, module: Module, spec: InputSpec) -> int:
    import torch

    with torch.inference_mode():
        features = module(torch.zeros(1, 3, spec.height, spec.width))
    if not isinstance(features, torch.Tensor) or features.ndim != 2:
        raise ModelError(f"The model {choice.name} does not produce one vector per picture. Choose another model.")
    if not torch.isfinite(features).all():
        raise ModelError(
            f"The weights of {choice.name} are damaged: they produce values that are not finite numbers. "
            "Download them again."
        )
    return features.shape[1]
