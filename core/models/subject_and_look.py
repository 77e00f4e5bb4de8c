"""The network of the default model: EfficientNet-Lite0 with an embedding of two parts, subject and look.

The last layer of the network tells what kind of thing a picture shows: its subject. A layer in the middle tells the
place, the textures and the light: its look. All embeddings have both parts with the same norms, so the cosine of two
embeddings is a weighted mean of the cosines of their parts.

`packaging/train_embedding.py` computes the two linear maps.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import torch
from torch import nn
from torch.nn.functional import normalize

if TYPE_CHECKING:
    from torch import Tensor

LOOK_BLOCKS = 5
"""The look comes from the output of this many of the seven blocks of layers."""

_CUBE_ROOT = 1 / 3


class SubjectAndLook(nn.Module):
    """Maps (N, 3, H, W) float32 to (N, subject + look), both parts scaled so that a row has unit norm."""

    def __init__(self, network: nn.Module, subject: nn.Linear, look: nn.Linear, balance: float) -> None:
        """`network` is EfficientNet-Lite0 of timm. `balance` is the share of the subject in the cosine."""
        super().__init__()
        self.features = Features(network)
        self.subject, self.look = subject, look
        self._scales = balance**0.5, (1 - balance) ** 0.5

    def forward(self, pictures: Tensor) -> Tensor:
        """Return the embeddings of pictures."""
        subject, look = self.features(pictures)
        parts = normalize(self.subject(subject)), normalize(self.look(look))
        return torch.cat([part * scale for part, scale in zip(parts, self._scales, strict=True)], dim=1)


class Features(nn.Module):
    """Maps (N, 3, H, W) float32 to the features of the subject, (N, 1280), and of the look, (N, 224)."""

    def __init__(self, network: nn.Module) -> None:
        super().__init__()
        blocks = list(network.get_submodule("blocks").children())
        first, last = blocks[:LOOK_BLOCKS], blocks[LOOK_BLOCKS:]
        self.early = nn.Sequential(network.get_submodule("conv_stem"), network.get_submodule("bn1"), *first)
        self.late = nn.Sequential(*last, network.get_submodule("conv_head"), network.get_submodule("bn2"))

    def forward(self, pictures: Tensor) -> tuple[Tensor, Tensor]:
        """Return the features of pictures."""
        early = self.early(pictures)
        return _generalised_mean(self.late(early)), _mean_and_deviation(early)


def _generalised_mean(values: Tensor) -> Tensor:
    """Return the generalised mean (p = 3) of each channel. It follows the strongest responses more than a mean does."""
    return (values * values * values).mean((2, 3)) ** _CUBE_ROOT  # no value is negative


def _mean_and_deviation(values: Tensor) -> Tensor:
    mean = values.mean((2, 3), keepdim=True)
    deviations = values - mean
    return torch.cat([mean.flatten(1), (deviations * deviations).mean((2, 3)).sqrt()], dim=1)
