"""Search by pictures: decode the query, embed its views, find the closest photos and rank them."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from core.errors import DecodeError, QueryError
from core.search.background import Background
from core.search.balance import Balance
from core.search.ranking import best_of, ranked, stacked, weighted_sum
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from core.catalog.selection import Selection
    from core.images.query import Query, QueryDecoder
    from core.models.embedder import Embedder
    from core.search.retrieval import Retrieval
    from core.search_request import QueryPicture, SearchRequest
    from core.types import Hit, Pixels, Vector, Vectors
    from core.workers import Workers

    Score: TypeAlias = Callable[[Vectors], Awaitable[dict[int, float]]]

STACK = 2
"""So many copies each photo is supposed to have, to begin with."""

SAME_SCORE = 1e-5
"""The scores of copies differ by less, because the search index adds up products in different orders."""


class PictureSearch:
    """Searches one library with one model."""

    def __init__(self, workers: Workers, decoder: QueryDecoder, embedder: Embedder, retrieval: Retrieval) -> None:
        self._workers, self._decoder, self._embedder, self._retrieval = workers, decoder, embedder, retrieval

    async def search(self, request: SearchRequest) -> list[Hit]:
        """Return the photos that look most like the pictures, best first.

        Raises:
            DecodeError: A query picture cannot be read.
            QueryError: There are no query pictures, they cancel each other out, or the model has no parts to balance.
            FolderError: A folder of the filters is not in the library.
            VectorIndexError: The index cannot be searched.
        """
        if not request.stacked:
            return await self._search(request)
        wanted = request.top_k
        while True:
            wanted *= STACK
            hits = await self._search(replace(request, top_k=wanted))
            stacks = stacked(hits)[: request.top_k]
            # Copies have the same score, so those that were not found belong to stacks with the last score.
            is_complete = len(stacks) == request.top_k and stacks[-1].score > hits[-1].score + SAME_SCORE
            if is_complete or len(hits) < wanted:
                return stacks

    async def _search(self, request: SearchRequest) -> list[Hit]:
        balance = Balance(self._embedder.parts, request.balance)
        selection = await self._retrieval.select(request.filters)

        async def score(vectors: Vectors) -> dict[int, float]:
            found = await self._retrieval.similarities(vectors, selection, request.top_k)
            return {key: balance.score(similarity) for key, similarity in found.items()}

        if len(request.pictures) == 1 and request.pictures[0].weight > 0:
            return await self._search_one(request, selection, balance, score)
        vector = balance.applied(balance.joined(await self._together(request.pictures))[np.newaxis])
        return await self._hits(await score(vector), request, await self._background(vector, balance))

    async def _search_one(
        self, request: SearchRequest, selection: Selection | None, balance: Balance, score: Score
    ) -> list[Hit]:
        levels = balance.levels
        query = await self._decode(request.pictures[0], all_views=request.views != "one")
        vectors, others = balance.applied(await self._embed(query.views[:1])), query.views[1:]
        identical = await self._retrieval.with_content(query.content, selection, request.top_k)
        # The same picture with other tags scores 1.0 too, and there may be more such copies than `top_k`.
        best = best_of(dict.fromkeys(identical, 1.0), await score(vectors))
        is_found = request.views == "auto" and max(best.values(), default=0.0) >= levels.near_duplicate
        if len(others) and not is_found:
            of_others = balance.applied(await self._embed(others))
            found = await score(of_others)
            if request.views == "auto":
                # Weaker ones would only push aside better ones of the whole picture.
                found = {key: value for key, value in found.items() if value >= levels.strong}
            best, vectors = best_of(best, found), np.concatenate([vectors, of_others])
        background = await self._background(vectors, balance)
        return await self._hits(best, request, background, content=query.content, is_blank=query.is_blank)

    async def _together(self, pictures: Sequence[QueryPicture]) -> Vector:
        """Return one vector for several pictures. Its similarity to a photo is the weighted sum of theirs."""
        views = []
        for picture in pictures:
            try:
                views.append((await self._decode(picture, all_views=False)).views)
            except DecodeError as error:
                # The caller cannot know which of them it is.
                name = f"{picture.source}: " if isinstance(picture.source, Path) else ""
                raise DecodeError(f"{name}{error}") from error
        if not views:
            raise QueryError("There is no picture to search with.")
        return weighted_sum(await self._embed(np.concatenate(views)), [picture.weight for picture in pictures])

    async def _decode(self, picture: QueryPicture, *, all_views: bool) -> Query:
        decode = partial(self._decoder.query, picture, self._embedder.input, all_views=all_views)
        return await run(self._workers.interactive, decode)

    async def _embed(self, views: Pixels) -> Vectors:
        return await run(self._workers.query, self._embedder.embed, views)

    async def _background(self, vectors: Vectors, balance: Balance) -> Background:
        """Return how the library scores for the closest of these vectors."""
        sample = await self._retrieval.sample()
        scores = (sample.embeddings @ vectors.T).max(axis=1) if sample.population else np.empty(0, np.float32)
        return Background(balance.score(1.0) * scores, sample.population, balance.levels)

    async def _hits(
        self,
        scores: dict[int, float],
        request: SearchRequest,
        background: Background,
        *,
        content: bytes = b"",
        is_blank: bool = False,
    ) -> list[Hit]:
        photos = await self._retrieval.photos(list(scores))
        found = [(photo, scores[key]) for key, photo in photos.items()]
        return ranked(found, request, background, content=content, is_blank=is_blank)
