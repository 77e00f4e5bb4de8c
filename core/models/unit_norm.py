"""Scales the output of a network to embeddings of unit norm."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from core.errors import ModelError

if TYPE_CHECKING:
    from core.types import Vectors


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
