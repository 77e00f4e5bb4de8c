"""ResNet models from torchvision, with its published weights and preprocessing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from core.images.model_input import InputSpec, Resample
from core.models import weights
from core.models.download import fetch
from core.models.torch_setup import prepare_torch

if TYPE_CHECKING:
    from pathlib import Path

    from torch.nn import Module

    from core.models.download import OnDownload
    from core.models.registry import ModelChoice


def build(choice: ModelChoice, downloads: Path, on_download: OnDownload | None) -> tuple[Module, InputSpec]:
    """Return the network without its classifier head, and the input it expects.

    Raises:
        ModelError: The weights cannot be read or do not fit the network.
        DownloadError: The weights could not be downloaded.
    """
    prepare_torch()
    from torch.nn import Identity
    from torchvision import models

    published = models.get_model_weights(choice.name).DEFAULT
    module: Module = models.get_model(choice.name, weights=None)
    file = choice.weights or _fetched(published.url, downloads, on_download)
    weights.fit(module, weights.read(file), ("fc",), str(file))
    module.fc = Identity()
    transforms = published.transforms()
    (crop,), (shorter_side,) = transforms.crop_size, transforms.resize_size
    return module, InputSpec(
        crop,
        crop,
        shorter_side,
        Resample(transforms.interpolation.value),
        tuple(transforms.mean),
        tuple(transforms.std),
    )


def _fetched(url: str, downloads: Path, on_download: OnDownload | None) -> Path:
    name = url.rpartition("/")[2]  # such as resnet18-f37072fd.pth, which ends in the start of its SHA-256
    digest = name.removesuffix(".pth").rpartition("-")[2]
    return fetch(url, downloads / name, digest, on_download)
