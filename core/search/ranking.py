"""From scores to ranked hits with a word for each score."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from core.errors import QueryError
from core.types import Hit, Label

if TYPE_CHECKING:
    from collections.abc import Sequence

    from core.search.background import Background
    from core.search.balance import ScoreLevels
    from core.search_request import SearchRequest
    from core.types import Photo, Vector, Vectors

CANCELLED = 0.01
"""A sum of embeddings that is shorter, compared with its weights, says nothing."""


def ranked(
    found: Sequence[tuple[Photo, float]],
    request: SearchRequest,
    background: Background,
    *,
    content: bytes,
    is_blank: bool,
) -> list[Hit]:
    """Return the best `top_k` photos with at least `min_score` as hits.

    Those with the content key `content` come first and have a score of exactly 1.0. `is_blank` says that the query is
    blank.
    """

    def identical(photo: Photo) -> bool:
        return bool(content) and photo.content == content

    hits = [(1.0 if identical(photo) else min(1.0, score), photo) for photo, score in found]
    hits.sort(key=lambda hit: (-hit[0], not identical(hit[1]), hit[1].path))
    levels = background.levels()
    return [
        Hit(
            rank,
            photo,
            score,
            label(score, levels, identical=identical(photo), is_blank=is_blank),
            background.percentile(score, rank),
        )
        for rank, (score, photo) in enumerate(hits[: request.top_k], 1)
        if score >= request.min_score
    ]


def stacked(hits: Sequence[Hit]) -> list[Hit]:
    """Return one hit for all photos with the same content, the first of them, with new ranks."""
    stacks: dict[object, list[Hit]] = {}
    for hit in hits:
        # What photos of other computers contain is not known.
        stacks.setdefault(hit.photo.content or (hit.remote, hit.path), []).append(hit)
    return [
        replace(first, rank=rank, copies=tuple(copy.photo for copy in copies))
        for rank, (first, *copies) in enumerate(stacks.values(), 1)
    ]


def label(score: float, levels: ScoreLevels, *, identical: bool, is_blank: bool = False) -> Label:
    """Return the word for a score. `identical` means the same file, byte for byte.

    A blank query is close to every blank picture, but scores cannot tell black from white.
    """
    if identical:
        return Label.IDENTICAL
    if score >= levels.near_duplicate and not is_blank:
        return Label.NEAR_DUPLICATE
    if score >= levels.close:
        return Label.CLOSE
    return Label.SIMILAR if score >= levels.similar else Label.WEAK


def weighted_sum(vectors: Vectors, weights: Sequence[float]) -> Vector:
    """Return the sum of embeddings, each times its weight, with unit norm.

    Raises:
        QueryError: The sum is close to zero, so that nothing is more like it than anything else.
    """
    total: Vector = np.asarray(weights, np.float32) @ vectors
    norm = float(np.linalg.norm(total))
    if norm <= CANCELLED * sum(map(abs, weights)):
        raise QueryError("These pictures cancel each other out. Change their weights, or leave one out.")
    return total / np.float32(norm)


def best_of(*scores: dict[int, float]) -> dict[int, float]:
    """Return the best score of each id."""
    best: dict[int, float] = {}
    for found in scores:
        for key, score in found.items():
            best[key] = max(score, best.get(key, score))
    return best
