"""The interface of a model, independent of the runtime that executes it, and what all runtimes do at the end."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from core.errors import ModelError

if TYPE_CHECKING:
    from core.images.model_input import InputSpec
    from core.types import Pixels, Vectors


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of an embedding: its first `subject` values are the subject, the others are the look.

    Each part has the same norm in all embeddings, so that `balance` is the share of the subject in every cosine, from 0
    to 1, and the rest that of the look.
    """

    subject: int
    balance: float


class Embedder(Protocol):
    """Turns pictures into embeddings. Several threads may call `embed` at the same time."""

    @property
    def key(self) -> str:
        """Return the key of the model and its weights. Embeddings with equal keys are comparable."""

    @property
    def dim(self) -> int:
        """Return D, the number of values in an embedding."""

    @property
    def input(self) -> InputSpec:
        """Return the size and preprocessing that `embed` expects of its pictures."""

    @property
    def preview_input(self) -> InputSpec:
        """Return the same for embedded previews. It is smaller than `input` if the network allows that."""

    @property
    def parts(self) -> Parts | None:
        """Return the parts of an embedding, or None if it has only one."""

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        """Return an (N, D) float32 array with a row of unit norm for each of the (N, height, width, 3) pictures.

        All pictures have the size of `input`, or all have that of `preview_input`. With `background`, a small batch
        runs on one core and gives way to everything the user is waiting for.
        """


def unit_rows(features: Vectors, key: str) -> Vectors:
    """Return the rows scaled to unit norm. A row of zeros, which a blank picture may produce, stays zero.

    Raises:
        ModelError: The model `key` produced values that are not finite numbers.
    """
    if not np.isfinite(features).all():
        raise ModelError(
            f"The model {key} produced values that are not finite numbers. Its weights are damaged: choose others."
        )
    norms: Vectors = np.linalg.norm(features, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return features / norms
