"""The balance of subject and look in a search, for models whose embeddings have these two parts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from core.errors import QueryError

if TYPE_CHECKING:
    from core.models.embedder import Parts
    from core.types import Vector, Vectors


SMALLEST = 1e-3
"""A part of a sum that is shorter says nothing, because the pictures cancel each other out in it."""


@dataclass(frozen=True, slots=True)
class ScoreLevels:
    """The lowest scores for each label, and for a hit of another view of the picture to be `strong` enough to count."""

    near_duplicate: float
    close: float
    similar: float
    strong: float


# Measured on labelled photos with the default model: of unrelated pairs, one in 250 is above the level for similar and
# one in 5,000 above that for close; half of the pairs that show one scene are above that for near duplicates.
ONE_PART = ScoreLevels(0.92, 0.72, 0.53, 0.70)
SUBJECT, LOOK = ScoreLevels(0.87, 0.65, 0.41, 0.63), ScoreLevels(0.83, 0.54, 0.35, 0.51)


class Balance:
    """Weights the parts of query vectors, so that a score is the weighted sum of the cosines of subject and look."""

    def __init__(self, parts: Parts | None, wanted: float | None) -> None:
        """`wanted` is the share of the subject, from 0 to 1; None for that of the model.

        Raises:
            QueryError: The embeddings of the model have no parts, but a share is wanted.
        """
        self._parts = parts
        self._weights, self._norm = (1.0, 1.0), 1.0
        self.levels = ONE_PART
        if parts:
            share = parts.balance if wanted is None else wanted
            self._weights = share / parts.balance, (1 - share) / (1 - parts.balance)
            self._norm = (share**2 / parts.balance + (1 - share) ** 2 / (1 - parts.balance)) ** 0.5
            self.levels = _between(LOOK, SUBJECT, share)
        elif wanted is not None:
            raise QueryError(
                "The model in use does not tell subject and look apart. Search without a balance, or with the default "
                "model once that has read all photos."
            )

    def joined(self, vector: Vector) -> Vector:
        """Return a sum of embeddings with the norms that the parts of each of them have, so that scores are cosines."""
        if self._parts is None:
            return vector
        subject, look = np.split(vector, [self._parts.subject])
        balance = self._parts.balance
        return np.concatenate([_scaled(subject, balance**0.5), _scaled(look, (1 - balance) ** 0.5)])

    def applied(self, embeddings: Vectors) -> Vectors:
        """Return (N, D) query vectors of unit norm."""
        subject, look = self._weights
        weights = np.full(embeddings.shape[1], look / self._norm, np.float32)
        weights[: self._parts.subject if self._parts else 0] = subject / self._norm
        return embeddings * weights

    def score(self, similarity: float) -> float:
        """Return the score of a photo from the inner product of its embedding with a vector of `applied`."""
        return similarity * self._norm


def _scaled(part: Vector, norm: float) -> Vector:
    length = float(np.linalg.norm(part))
    return part * np.float32(norm / length) if length > SMALLEST else part


def _between(low: ScoreLevels, high: ScoreLevels, share: float) -> ScoreLevels:
    def level(first: float, second: float) -> float:
        return round(first + share * (second - first), 2)  # scores are shown with two digits

    return ScoreLevels(
        level(low.near_duplicate, high.near_duplicate),
        level(low.close, high.close),
        level(low.similar, high.similar),
        level(low.strong, high.strong),
    )
