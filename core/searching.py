"""Search by picture: query picture, its views, their embeddings, the closest photos, ranked and explained."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import islice
from typing import TYPE_CHECKING

import numpy as np

from core.image.decoder import decode, fit
from core.image.reader import content_key, read_bytes, shortest_side
from core.image.views import views
from core.types import Label, SearchHit
from core.workers import run

if TYPE_CHECKING:
    from pathlib import Path

    from core.catalog.catalog import Catalog
    from core.embedding.embedder import Embedder
    from core.syncing import Synchroniser
    from core.types import InputSpec, Pixels, Views
    from core.vectors.index import VectorIndex
    from core.workers import Workers

# Cosines of the default model, measured on labelled photos: of pairs with nothing in common one in a hundred is above
# 0.48 and one in a thousand above 0.59; half of the photos of one scene, and of edited copies, are above 0.9.
LABELS = ((0.92, Label.NEAR_DUPLICATE), (0.72, Label.CLOSE), (0.53, Label.SIMILAR))

CERTAIN = 0.92
"""A find like this of the whole picture needs no other views."""

STRONG = 0.70
"""Below this, what is found by part of the picture only pushes aside better finds of the whole."""

SPARE = 16
"""Asked for beyond top-k: photos that were deleted a moment ago may still be in the index."""


@dataclass(frozen=True, slots=True)
class Query:
    """A query picture: the hash of its bytes, and its views as the model wants them, the whole picture first."""

    content: bytes
    views: Pixels


class Searching:
    """Searches one index with one model."""

    def __init__(
        self,
        workers: Workers,
        reader: Catalog,
        embedder: Embedder,
        index: VectorIndex,
        synchroniser: Synchroniser,
    ) -> None:
        """Take what searches need. `reader` is a catalog connection of the read thread's own."""
        self._workers = workers
        self._reader = reader
        self._embedder = embedder
        self._index = index
        self._synchroniser = synchroniser

    async def search(self, picture: Path | bytes, top_k: int, min_score: float, views: Views) -> list[SearchHit]:
        """Return the photos that look most like the picture, best first.

        Raises:
            DecodeError: It cannot be read as a picture.
        """
        query = await run(self._workers.view, read_query, picture, self._embedder.input, all_views=views != "one")
        best = await self._matches(query.views[:1], top_k)
        if views == "all":
            best = merged(best, await self._matches(query.views[1:], top_k))
        elif views == "auto" and max(best.values(), default=0.0) < CERTAIN:
            others = await self._matches(query.views[1:], top_k)
            best = merged(best, {key: score for key, score in others.items() if score >= STRONG})
        return await run(self._workers.read, self._explained, best, query.content, top_k, min_score)

    async def _matches(self, pictures: Pixels, top_k: int) -> dict[int, float]:
        vectors = await run(self._workers.model, self._embedder.embed, pictures)
        before = self._index.generation
        found = await run(self._workers.read, self._index.search, vectors, top_k + SPARE)
        if self._index.generation != before:
            # It was started again in the middle, and may have lost what the catalog has.
            await run(self._workers.store, self._synchroniser.mend)
            found = await run(self._workers.read, self._index.search, vectors, top_k + SPARE)
        return merged(*({match.id: match.score for match in matches} for matches in found))

    def _explained(self, scores: dict[int, float], content: bytes, top_k: int, min_score: float) -> list[SearchHit]:
        known = self._reader.find(list(scores))
        ranked = sorted(known, key=lambda key: (-scores[key], known[key][0]))
        hits = (
            SearchHit(rank, known[key][0], score, label(score, identical=known[key][1] == content))
            for rank, key in enumerate(ranked[:top_k], 1)
            if (score := min(1.0, scores[key])) >= min_score
        )
        return list(hits)


def read_query(picture: Path | bytes, spec: InputSpec, *, all_views: bool) -> Query:
    """Return a query from a file or the bytes of one.

    Raises:
        DecodeError: It cannot be read as a picture.
    """
    data = picture if isinstance(picture, bytes) else read_bytes(picture)
    image = decode(data, shortest_side(spec)).image
    wanted = islice(views(image), None if all_views else 1)
    return Query(content_key(data), np.stack([fit(view, spec) for view in wanted]))


def merged(*scores: dict[int, float]) -> dict[int, float]:
    """Return the best score of each id."""
    best: dict[int, float] = {}
    for found in scores:
        for key, score in found.items():
            best[key] = max(score, best.get(key, score))
    return best


def label(score: float, *, identical: bool) -> Label:
    """Return the word for a score; `identical` means the same file, byte for byte."""
    if identical:
        return Label.IDENTICAL
    return next((word for lowest, word in LABELS if score >= lowest), Label.WEAK)
