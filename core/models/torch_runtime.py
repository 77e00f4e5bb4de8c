"""Runs networks with PyTorch. This is slower than OpenVINO and serves as the reference for converted models."""

from __future__ import annotations

from threading import Lock
from typing import TYPE_CHECKING

import numpy as np

from core.models.embedder import unit_rows

if TYPE_CHECKING:
    from core.models.embedder import Parts
    from core.models.pretrained import Pretrained
    from core.types import Pixels, Vectors


class TorchEmbedder:
    """An `Embedder` that runs a network with PyTorch on the CPU."""

    def __init__(self, pretrained: Pretrained, parts: Parts | None = None) -> None:
        import torch

        self.key = pretrained.key
        self.dim = pretrained.dim
        self.input = self.preview_input = pretrained.input
        self.parts = parts
        # Up to ten times as fast as the default memory format, most of all with depthwise convolutions.
        self._module = pretrained.module.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # not in its stubs
        self._mean = torch.tensor(self.input.mean).view(1, 3, 1, 1)
        self._std = torch.tensor(self.input.std).view(1, 3, 1, 1)
        self._lock = Lock()  # torch would start one thread per core for every thread that calls it

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        """Return an (N, D) float32 array with a row of unit norm for each of the (N, height, width, 3) pictures.

        Raises:
            ModelError: The weights are damaged.
        """
        import torch

        if not len(pictures):
            return np.empty((0, self.dim), np.float32)
        with self._lock, torch.inference_mode():
            channels_first = torch.tensor(pictures).permute(0, 3, 1, 2)
            features: Vectors = self._module((channels_first / 255 - self._mean) / self._std).numpy()
        return unit_rows(features, self.key)
