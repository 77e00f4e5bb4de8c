"""Embeddings out of what a network puts out."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError

if TYPE_CHECKING:
    from core.types import Vectors


def unit_rows(features: Vectors, key: str) -> Vectors:
    """Return the rows at unit norm. The features of a wholly blank picture may be all 0: such a row stays 0.

    Raises:
        ModelError: The model `key` put out something that is no number.
    """
    if not np.isfinite(features).all():
        raise ModelError(f"The model {key} put out values that are no numbers. Its weights are damaged: choose others.")
    norms: Vectors = np.linalg.norm(features, axis=1, keepdims=True)
    norms[norms == 0] = 1
    return features / norms
