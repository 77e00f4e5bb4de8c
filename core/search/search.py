"""Search by picture: query picture, its views, their embeddings, the closest photos, ranked and explained."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import partial
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from core.catalog.embeddings import Embeddings, closest
from core.catalog.photos import Catalog
from core.catalog.search_indexes import SearchIndexes
from core.errors import UnreachableIndexError
from core.types import Label, RemoteFolder, SearchHit
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from core.catalog.database import Database
    from core.images.query import QueryDecoder
    from core.models.embedder import Embedder
    from core.search_index.synced_index import SyncedIndex
    from core.types import Pixels, Root, Vectors, Views
    from core.vectors.index import PhotoLocation
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
class Find:
    """A photo that was found. `identical`: it has the query's very bytes."""

    score: float
    path: Path
    identical: bool = False
    elsewhere: RemoteFolder | None = None
    is_provisional: bool = False


class PictureSearch:
    """Searches one index with one model."""

    def __init__(
        self,
        workers: Workers,
        viewers: QueryDecoder,
        database: Database,
        embedder: Embedder,
        replica: Callable[[], SyncedIndex],
    ) -> None:
        """Take what searches need. `database` only reads; `replica` returns the index that answers now."""
        self._workers = workers
        self._viewers = viewers
        self._catalog = Catalog(database)
        self._indexes = SearchIndexes(database)
        self._embeddings = Embeddings(database, embedder.key)
        self._embedder = embedder
        self._replica = replica

    async def search(
        self,
        picture: Path | bytes,
        top_k: int,
        min_score: float,
        views: Views,
        parts: Sequence[tuple[Root, Path]] | None = None,
    ) -> list[SearchHit]:
        """Return the photos that look most like the picture, best first. `parts`: of these folders of roots only.

        Raises:
            DecodeError: It cannot be read as a picture.
            VectorIndexError: The index cannot be searched.
        """
        find = partial(self._matches, top_k=top_k) if parts is None else partial(self._exactly, parts, top_k=top_k)
        spec = self._embedder.input
        query = await run(self._workers.interactive, self._viewers.query, picture, spec, all_views=views != "one")
        best = await find(query.views[:1])
        if views == "all":
            best = merged(best, await find(query.views[1:]))
        elif views == "auto" and max(best.values(), default=0.0) < CERTAIN:
            others = await find(query.views[1:])
            best = merged(best, {key: score for key, score in others.items() if score >= STRONG})
        known = await run(self._workers.read, self._catalog.find, list(best))
        finds = [
            Find(best[key], photo.path, photo.content == query.content, is_provisional=photo.is_provisional)
            for key, photo in known.items()
        ]
        finds += await self._of_others({key: score for key, score in best.items() if key not in known})
        return _ranked(finds, top_k, min_score)

    async def _matches(self, pictures: Pixels, *, top_k: int) -> dict[int, float]:
        vectors = await run(self._workers.query, self._embedder.embed, pictures)
        replica = self._replica()
        try:
            found = await replica.search(vectors, top_k + SPARE)
        except UnreachableIndexError:
            if replica is self._replica():
                raise
            replica = self._replica()  # another one has just taken its place
            found = await replica.search(vectors, top_k + SPARE)
        best = merged(*({match.id: match.score for match in matches} for matches in found))
        if replica.is_quantized:
            best |= await run(self._workers.read, self._compared, vectors, list(best))
        return best

    async def _exactly(self, parts: Sequence[tuple[Root, Path]], pictures: Pixels, *, top_k: int) -> dict[int, float]:
        """Compare with every photo in some folders."""
        vectors = await run(self._workers.query, self._embedder.embed, pictures)
        best: dict[int, float] = {}
        for root, folder in parts:
            pieces = self._embeddings.within(root, folder)
            while piece := await run(self._workers.read, next, pieces, None):
                best |= await run(self._workers.read, closest, vectors, piece, top_k)
        return best

    def _compared(self, vectors: Vectors, ids: Sequence[int]) -> dict[int, float]:
        found = self._embeddings.of(ids)
        return closest(vectors, found, len(ids))

    async def _of_others(self, scores: dict[int, float]) -> list[Find]:
        """Return finds that the catalog does not know: other computers on the same server have indexed them."""
        locations = await self._replica().locations(list(scores))
        return await run(self._workers.interactive, self._found, scores, locations) if locations else []

    def _found(self, scores: dict[int, float], locations: dict[int, PhotoLocation]) -> list[Find]:
        own = {root.uuid: root.path for root in self._catalog.roots()}
        located = own | self._indexes.elsewhere()
        finds = []
        for key, location in locations.items():
            path = _inside(located.get(location.root), location.path)
            if path and os.path.lexists(path):
                finds.append(Find(scores[key], path))
            elif location.root not in own:  # what is ours and not there was deleted a moment ago
                finds.append(
                    Find(scores[key], Path(location.path), elsewhere=RemoteFolder(location.root, location.origin))
                )
        return finds


def _inside(folder: Path | None, relative: str) -> Path | None:
    """Return a path in a folder; None for one that leads out of it, which only a server that lies can have."""
    path = PurePosixPath(relative)
    return None if folder is None or path.is_absolute() or ".." in path.parts else folder / path


def _ranked(finds: Sequence[Find], top_k: int, min_score: float) -> list[SearchHit]:
    ordered = sorted(finds, key=lambda find: (-find.score, find.path))
    return [
        SearchHit(rank, find.path, score, label(score, identical=find.identical), find.elsewhere, find.is_provisional)
        for rank, find in enumerate(ordered[:top_k], 1)
        if (score := min(1.0, find.score)) >= min_score
    ]


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
