"""The background of a query: the scores of photos that have nothing to do with it."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from core.catalog.embeddings import Embeddings
    from core.search.balance import ScoreLevels
    from core.types import Vector, Vectors

SAMPLE = 2048
"""How many pictures stand for a library, chosen at random."""

FEW = 50
"""With fewer pictures, nothing can be said about the background."""

CLOSE, SIMILAR = 0.03, 3.0
"""How many unrelated photos are expected to reach the levels for these labels in the whole library."""

UNRELATED = 0.2
"""Photos are similar, too, if they stand out from the background so that at most this share of them is unrelated."""

UPPER = 0.84
"""The quantile that tells, with the median, how fast scores decline. Few related photos hardly move the two."""

FASTEST = 0.01
"""The least score over which the number of unrelated photos falls to 1/e, should all photos look the same."""

ROUNDING = 1e-5
"""The search index and this module may compute scores of the same photo that differ by less."""

COUNTED = 32
"""A share of fewer pictures of the sample is uncertain, so that the decline tells it."""


@dataclass(frozen=True, slots=True)
class Sample:
    """An (N, D) array of embeddings, chosen at random from those of a library's `population` different pictures."""

    embeddings: Vectors
    population: int


class LibrarySample:
    """The sample of a library, which changes with the library. Used on one thread."""

    def __init__(self) -> None:
        self._version: object = None
        self._sample = Sample(np.empty((0, 0), np.float32), 0)

    def read(self, embeddings: Embeddings) -> Sample:
        """Return a sample of up to SAMPLE embeddings, read again only if the catalog has changed.

        Raises:
            LibraryError: The catalog cannot be read.
        """
        version = embeddings.version()
        if version != self._version:
            self._sample = Sample(*embeddings.sample(SAMPLE))
            self._version = version
        return self._sample


def decline(scores: NDArray[np.floating]) -> tuple[float, float]:
    """Return the median of unrelated photos' scores, and the difference, above it, that divides their number by e."""
    median, upper = (float(quantile) for quantile in np.quantile(scores, [0.5, UPPER]))
    return median, max(FASTEST, (upper - median) / math.log(0.5 / (1 - UPPER)))


class Background:
    """What the scores of a query mean in one library.

    The scores of unrelated photos decline exponentially above their median: on labelled photos, their number is within
    a factor of three of that from 1 in 10 to 1 in 100,000.
    """

    def __init__(self, scores: Vector, population: int, usual: ScoreLevels) -> None:
        """`scores` are those of a random sample of the library's `population` pictures.

        `usual` are the levels of the model, which hold for a library of few pictures.
        """
        self._scores = np.sort(scores.astype(np.float64))
        self._population, self._usual = population, usual
        if len(scores):
            self._median, self._decline = decline(self._scores)

    def percentile(self, score: float, rank: int) -> float | None:
        """Return how many percent of the library's pictures score less than the hit with this rank by score.

        Exact if all pictures are in the sample. None if there is none.
        """
        count = len(self._scores)
        if not count:
            return None
        reached = count - int(np.searchsorted(self._scores, score - ROUNDING))
        share = reached / count
        if reached < COUNTED and count < self._population:
            share = min(COUNTED / count, self._expected_share(score))
        return 100 * max(0.0, 1 - max(share, rank / self._population))

    def levels(self) -> ScoreLevels:
        """Return the levels for this query, rounded up to two digits.

        Scores are shown with two digits, and those of different labels must look different.
        """
        usual = self._usual
        if len(self._scores) < FEW:
            return usual
        similar = min(self.score_expected_of(SIMILAR), self._score_of_related())
        return replace(
            usual,
            # In a library with a single subject, nothing stands out. Its photos still look like each other.
            close=min(_rounded_up(self.score_expected_of(CLOSE)), usual.near_duplicate),
            similar=min(_rounded_up(similar), usual.close),
        )

    def score_expected_of(self, photos: float) -> float:
        """Return the score that so many unrelated photos of the library are expected to reach."""
        return self._median + self._decline * math.log(max(1.0, 0.5 * self._population / photos))

    def _expected_share(self, score: float) -> float:
        """Return the share of unrelated photos that score at least so much, for scores above the median."""
        return 0.5 * math.exp(min(0.0, (self._median - score) / self._decline))

    def _score_of_related(self) -> float:
        """Return the lowest score that so many more reach than expected that most of them must be related."""
        reached = np.arange(len(self._scores), 0, -1)
        expected = 0.5 * len(self._scores) * np.exp(np.minimum(0, (self._median - self._scores) / self._decline))
        stand_out = self._scores[expected <= UNRELATED * reached]
        return float(stand_out[0]) if len(stand_out) else 1.0


def _rounded_up(score: float) -> float:
    return math.ceil(score * 100 - 1e-9) / 100
