"""Verification: compares the best hits with the query by local features, and moves up what shows the same scene."""

from __future__ import annotations

import logging
from contextlib import aclosing
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING

from core.errors import DecodeError
from core.images.matching.comparison import Comparison
from core.types import Label, MatchKind
from core.workers import in_order, run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Mapping, Sequence

    from core.images.matching.local_features import LocalFeatures
    from core.images.matching.workers import MatchingWorkers
    from core.search_request import SearchRequest
    from core.types import Hit
    from core.workers import Workers

log = logging.getLogger(__name__)

CANDIDATES = 100
"""How many of the best hits are compared, unless all are asked for. More find little more."""

STEPS = (10, 30)
"""After so many comparisons, the order is shown, so that nobody waits for the last ones."""

BY_CHANCE = 4
"""So many features agree in any two photos."""

INLIERS_PER_SCORE = 10
"""How many more features that agree weigh as much as the difference between the scores 0 and 1."""

MIRRORED = 10
"""How many of the best hits are also compared with the mirror image. Such hits have high scores."""


class Verification:
    """Compares hits with the query picture that found them."""

    def __init__(self, workers: Workers, matching: MatchingWorkers) -> None:
        self._workers, self._matching = workers, matching

    @staticmethod
    def candidates(request: SearchRequest) -> SearchRequest:
        """Return the request for the hits to compare, of which the best `top_k` will be shown."""
        return replace(request, top_k=max(request.top_k, CANDIDATES)) if _is_possible(request) else request

    async def refine(self, request: SearchRequest, hits: Sequence[Hit]) -> AsyncGenerator[list[Hit], None]:
        """Yield the hits in a better order and with better labels, several times, the more of them are compared.

        A hit only moves up because of what was found in it. A photo that cannot be read stays where it is. If the query
        can no longer be read, all do.
        """
        count = (len(hits) if request.verify == "all" else CANDIDATES) if _is_possible(request) else 0
        compared = [hit for hit in hits[:count] if hit.label is not Label.IDENTICAL and not hit.remote]
        if not compared:
            return
        try:
            query = await run(self._workers.matching, self._matching.query, request.pictures[0])
        except DecodeError as error:
            log.warning("The hits are not verified: %s", error)
            return
        results: dict[int, Comparison] = {}
        jobs = (partial(self._compare, query, hit) for hit in compared)
        async with aclosing(in_order(self._workers.matching, jobs, len(compared))) as comparisons:
            async for comparison in comparisons:
                results[compared[len(results)].rank] = comparison
                if len(results) in STEPS or len(results) == len(compared):
                    yield reordered(hits, results)

    def _compare(self, query: LocalFeatures, hit: Hit) -> Comparison:
        try:
            return self._matching.compare(query, hit.path, tries_mirrored=hit.rank <= MIRRORED)
        except DecodeError:
            return Comparison(0, None)


def reordered(hits: Sequence[Hit], results: Mapping[int, Comparison]) -> list[Hit]:
    """Return hits in their new order, with new ranks and labels. `results` has the old ranks as keys."""

    def merit(hit: Hit) -> tuple[bool, float]:
        inliers = results[hit.rank].inliers if hit.rank in results else 0
        return hit.label is Label.IDENTICAL, max(0, inliers - BY_CHANCE) + INLIERS_PER_SCORE * hit.score

    by_merit = sorted(hits, key=merit, reverse=True)
    return [_verified(hit, rank, results.get(hit.rank)) for rank, hit in enumerate(by_merit, 1)]


def _verified(hit: Hit, rank: int, result: Comparison | None) -> Hit:
    if result is None or result.shared is None:
        return replace(hit, rank=rank)
    # What local features show is more certain than any score.
    is_same_picture = result.shared.kind is MatchKind.SAME_PICTURE
    label = Label.NEAR_DUPLICATE if is_same_picture else Label.SAME_PLACE
    return replace(hit, rank=rank, label=label, shared=result.shared)


def _is_possible(request: SearchRequest) -> bool:
    """Return whether hits can be compared. A photo that is like several pictures need not show any of them."""
    return request.verify != "no" and len(request.pictures) == 1 and request.pictures[0].weight > 0
