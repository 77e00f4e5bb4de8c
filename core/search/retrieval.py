"""Finds the photos that are closest to query vectors, in the search index or in the catalog."""

from __future__ import annotations

import os
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.catalog.embeddings import Embeddings, closest
from core.catalog.photos import Catalog
from core.catalog.search_indexes import IndexRecords
from core.catalog.selection import Selection
from core.errors import UnreachableIndexError
from core.search.ranking import best_of
from core.search_request import Filters
from core.types import Photo, RemoteFolder
from core.vectors.index import Where
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Sequence

    from core.catalog.database import Database
    from core.search.background import LibrarySample, Sample
    from core.search_index.synced_index import SyncedIndex
    from core.types import Root, Vectors
    from core.vectors.index import PhotoLocation
    from core.workers import Workers

SPARE = 16
"""Matches requested beyond top-k: the index may still hold photos that were deleted a moment ago."""

FEW = 4096
"""Up to this many selected photos are compared exactly from the catalog, even if the index could filter them."""

FIRST_SEARCH, NEXT_SEARCH, MOST_FOUND = 16, 8, 16_000
"""The index is searched for so many times top-k, then for so many times more, up to so many photos at once."""


class Retrieval:
    """Finds photos of one library by their embeddings of one model.

    `sample` is that of the library. `index` returns the search index that answers now. `parts` returns the parts of
    roots that folders are; all without any.
    """

    def __init__(
        self,
        workers: Workers,
        database: Database,
        sample: LibrarySample,
        model: str,
        index: Callable[[], SyncedIndex],
        parts: Callable[[Sequence[Path]], Awaitable[Sequence[tuple[Root, Path]]]],
    ) -> None:
        """Select the model by its key."""
        self._workers = workers
        self._catalog, self._search_indexes = Catalog(database), IndexRecords(database)
        self._embeddings = Embeddings(database, model)
        self._sample, self._index, self._parts = sample, index, parts

    async def sample(self) -> Sample:
        """Return the sample of the library."""
        return await run(self._workers.read, self._sample.read, self._embeddings)

    async def with_content(self, content: bytes, selection: Selection | None, most: int) -> list[int]:
        """Return the ids of at most so many selected photos with a content key."""
        return await run(self._workers.read, self._embeddings.with_content, content, selection, most)

    async def select(self, filters: Filters) -> Selection | None:
        """Return the photos that pass the filters; None for all."""
        return None if filters == Filters() else Selection(tuple(await self._parts(filters.folders)), filters)

    async def similarities(self, vectors: Vectors, selection: Selection | None, top_k: int) -> dict[int, float]:
        """Return the best photos, by id, with the similarity of each to the closest vector."""
        if selection is None:
            found = await self._search_index(vectors, top_k, None)
            if top_k <= MOST_FOUND:
                return found
            return best_of(found, await self.exact(vectors, top_k))
        ids = await run(self._workers.read, self._embeddings.selected_ids, selection, FEW + 1)
        if len(ids) <= FEW:
            return await run(self._workers.read, self._exact_scores, vectors, ids, top_k)
        if self._index().is_exhaustive:
            if roots := selection.roots:
                return await self._search_index(vectors, top_k, Where(roots))
            if found := await self._search_and_filter(vectors, top_k, selection):
                return found
        return await self._compare(vectors, top_k, selection)

    async def exact(self, vectors: Vectors, top_k: int) -> dict[int, float]:
        """Return at least the best `top_k` photos of the catalog, as `similarities` does, without the search index."""
        return await self._compare(vectors, top_k, Selection(tuple(await self._parts(())), Filters()))

    async def some_photos(self, most: int) -> list[Photo]:
        """Return at most so many photos with different contents, chosen at random but always the same ones."""
        return await run(self._workers.read, self._some_photos, most)

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

    async def photos(self, ids: Sequence[int]) -> dict[int, Photo]:
        """Return the photos with these ids, without those that were deleted a moment ago."""
        photos = await run(self._workers.read, self._catalog.find, ids)
        # The catalog lacks photos that other computers on the same server have indexed.
        locations = await self._index().locations([key for key in ids if key not in photos])
        if locations:
            photos |= await run(self._workers.interactive, self._remote_photos, locations)
        return photos

    def _some_photos(self, most: int) -> list[Photo]:
        return list(self._catalog.find(self._embeddings.some_ids(most)).values())

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
