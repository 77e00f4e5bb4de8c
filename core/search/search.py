"""Search by pictures: decode the query, embed its views, find the closest photos and rank them."""

from __future__ import annotations

import os
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

import numpy as np

from core.catalog.embeddings import Embeddings, closest
from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.catalog.selection import Selection
from core.errors import DecodeError, QueryError, UnreachableIndexError
from core.search.background import Background, Sample
from core.search.balance import Balance
from core.search.ranking import best_of, ranked, stacked, weighted_sum
from core.types import Filters, Photo, RemoteFolder
from core.vectors.index import Where
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence
    from typing import TypeAlias

    from core.catalog.database import Database
    from core.images.query import Query, QueryDecoder
    from core.models.embedder import Embedder
    from core.search.background import LibrarySample
    from core.search_index.synced_index import SyncedIndex
    from core.types import Hit, Pixels, QueryPicture, Root, SearchRequest, Vector, Vectors
    from core.vectors.index import PhotoLocation
    from core.workers import Workers

    Score: TypeAlias = Callable[[Vectors], Awaitable[dict[int, float]]]

SPARE = 16
"""Matches requested beyond top-k: the index may still hold photos that were deleted a moment ago."""

FEW = 4096
"""Up to this many selected photos are compared exactly from the catalog, even if the index could filter them."""

FIRST_SEARCH, NEXT_SEARCH, MOST_FOUND = 16, 8, 16_000
"""The index is searched for so many times top-k, then for so many times more, up to so many photos at once."""


STACK = 2
"""So many copies each photo is supposed to have, to begin with."""

SAME_SCORE = 1e-5
"""The scores of copies differ by less, because the search index adds up products in different orders."""


class PictureSearch:
    """Searches one library with one model.

    `sample` is that of the library. `index` returns the search index that answers now. `parts` returns the parts of
    roots that folders are; all without any.
    """

    def __init__(
        self,
        workers: Workers,
        decoder: QueryDecoder,
        database: Database,
        sample: LibrarySample,
        embedder: Embedder,
        index: Callable[[], SyncedIndex],
        parts: Callable[[Sequence[Path]], Awaitable[Sequence[tuple[Root, Path]]]],
    ) -> None:
        self._workers, self._decoder, self._embedder = workers, decoder, embedder
        self._catalog, self._search_indexes = Catalog(database), IndexRecords(database)
        self._embeddings = Embeddings(database, embedder.key)
        self._sample, self._index, self._parts = sample, index, parts

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
        selection = await self._select(request.filters)

        async def score(vectors: Vectors) -> dict[int, float]:
            found = await self._similarities(vectors, selection=selection, top_k=request.top_k)
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
        identical = await run(
            self._workers.read, self._embeddings.with_content, query.content, selection, request.top_k
        )
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
        sample: Sample = await run(self._workers.read, self._sample.read, self._embeddings)
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
        photos = await run(self._workers.read, self._catalog.find, list(scores))
        found = [(photo, scores[key]) for key, photo in photos.items()]
        found += await self._of_other_computers({key: value for key, value in scores.items() if key not in photos})
        return ranked(found, request, background, content=content, is_blank=is_blank)

    async def _select(self, filters: Filters) -> Selection | None:
        """Return the photos that pass the filters; None for all."""
        return None if filters == Filters() else Selection(tuple(await self._parts(filters.folders)), filters)

    async def _similarities(self, vectors: Vectors, *, selection: Selection | None, top_k: int) -> dict[int, float]:
        """Return the best photos, by id, with the similarity of each to the closest vector."""
        if selection is None:
            found = await self._search_index(vectors, top_k, None)
            if top_k <= MOST_FOUND:
                return found
            everything = Selection(tuple(await self._parts(())), Filters())
            return best_of(found, await self._compare(vectors, top_k, everything))
        ids = await run(self._workers.read, self._embeddings.selected_ids, selection, FEW + 1)
        if len(ids) <= FEW:
            return await run(self._workers.read, self._exact_scores, vectors, ids, top_k)
        if self._index().is_exhaustive:
            if roots := selection.roots:
                return await self._search_index(vectors, top_k, Where(roots))
            if found := await self._search_and_filter(vectors, top_k, selection):
                return found
        return await self._compare(vectors, top_k, selection)

    async def _search_and_filter(self, vectors: Vectors, top_k: int, selection: Selection) -> dict[int, float]:
        """Search the index for more and more photos until enough of them are selected; none if it takes too many.

        With an exhaustive index, these are the same photos that comparing all selected ones would find.
        """
        where = Where(selection.part_roots) if selection.filters.folders else None
        best: dict[int, float] = {}
        for row in range(len(vectors)):
            wanted = FIRST_SEARCH * top_k
            while wanted <= MOST_FOUND:
                found = await self._search_index(vectors[row : row + 1], wanted, where)
                passing = await run(self._workers.read, self._embeddings.passing, list(found), selection)
                if len(passing) >= top_k or len(found) < wanted:
                    break
                wanted *= NEXT_SEARCH
            else:
                return {}
            best = best_of(best, {key: found[key] for key in passing})
        return best

    async def _search_index(self, vectors: Vectors, top_k: int, where: Where | None) -> dict[int, float]:
        index = self._index()
        try:
            matches = await index.search(vectors, top_k + SPARE, where)
        except UnreachableIndexError:
            if index is self._index():
                raise
            index = self._index()  # another one replaced it a moment ago
            matches = await index.search(vectors, top_k + SPARE, where)
        best = best_of(*({match.id: match.score for match in each} for each in matches))
        if index.is_quantized:
            best |= await run(self._workers.read, self._exact_scores, vectors, list(best), len(best))
        return best

    async def _compare(self, vectors: Vectors, top_k: int, selection: Selection) -> dict[int, float]:
        """Compare with the catalog's embedding of every selected photo."""
        best: dict[int, float] = {}
        pieces = self._embeddings.selected(selection)
        while piece := await run(self._workers.read, next, pieces, None):
            best |= await run(self._workers.read, closest, vectors, piece, top_k)
        return best

    def _exact_scores(self, vectors: Vectors, ids: Sequence[int], top_k: int) -> dict[int, float]:
        return closest(vectors, self._embeddings.of(ids), top_k)

    async def _of_other_computers(self, scores: dict[int, float]) -> list[tuple[Photo, float]]:
        """Return the photos that the catalog lacks because other computers on the same server indexed them."""
        locations = await self._index().locations(list(scores))
        if not locations:
            return []
        photos = await run(self._workers.interactive, self._remote_photos, locations)
        return [(photo, scores[key]) for key, photo in photos.items()]

    def _remote_photos(self, locations: dict[int, PhotoLocation]) -> dict[int, Photo]:
        own = {root.uuid: root.path for root in self._catalog.roots()}
        located = own | self._search_indexes.remote_locations()
        photos: dict[int, Photo] = {}
        for key, location in locations.items():
            path = _inside(located.get(location.root), location.path)
            if path and os.path.lexists(path):
                photos[key] = Photo(path)
            elif location.root not in own:  # a missing photo of our own was deleted a moment ago
                remote = RemoteFolder(location.root, location.origin)
                photos[key] = Photo(Path(location.path), remote=remote)
        return photos


def _inside(folder: Path | None, relative: str) -> Path | None:
    """Return a path in a folder; None if it leads out of the folder, as only a malicious server would have it."""
    path = PurePosixPath(relative)
    return None if folder is None or path.is_absolute() or ".." in path.parts else folder / path
