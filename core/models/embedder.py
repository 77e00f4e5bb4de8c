"""What the engine needs from a model, whatever runs it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from core.images.model_input import InputSpec
    from core.types import Pixels, Vectors


class Embedder(Protocol):
    """Turns pictures into embeddings. `embed` may be called from several threads at once."""

    @property
    def key(self) -> str:
        """Name what the embeddings depend on: the model and its weights. Embeddings of equal keys are comparable."""

    @property
    def dim(self) -> int:
        """Return D, the length of an embedding."""

    @property
    def input(self) -> InputSpec:
        """Return the size and treatment that `embed` expects of its pictures."""

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        """Return an (N, D) float32 array, rows of unit norm, one for each of (N, height, width, 3) pictures.

        In the background, a small batch is for one core, and gives way to all that somebody waits for.
        """
