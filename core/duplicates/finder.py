"""Finds duplicates in a library: compares all embeddings, then verifies the most similar pairs."""

from __future__ import annotations

import logging
from contextlib import aclosing
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from core.catalog.pairs import Pair, RelatedPair
from core.duplicates.candidates import PIECE, alike, best_of_each_row, least_score
from core.duplicates.groups import Components, groups
from core.errors import DecodeError
from core.reports import Stage
from core.types import Edit, MatchKind
from core.workers import decoders, in_order, run

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.catalog.pairs import HalfVectors, Pairs
    from core.catalog.photos import Catalog
    from core.duplicates.candidates import Positions, Scores
    from core.images.matching.comparison import Comparison
    from core.images.matching.workers import MatchingWorkers
    from core.indexing.progress import Meter
    from core.indexing.throttle import Turns
    from core.types import DuplicateGroup, Photo, SharedScene
    from core.workers import Workers

log = logging.getLogger(__name__)

BATCH = 64
"""Pairs that are verified and saved together."""

MIRRORED = 0.8
"""The score from which a pair is also compared mirrored."""


class DuplicateFinder:
    """Finds duplicates among the photos that one model has embedded. What is found is kept in the catalog."""

    def __init__(self, workers: Workers, pairs: Pairs, catalog: Catalog, matching: MatchingWorkers) -> None:
        """`pairs` and `catalog` are used on the store thread."""
        self._workers, self._pairs, self._catalog, self._matching = workers, pairs, catalog, matching

    async def find(self, turns: Turns, meter: Meter) -> None:
        """Compare photos that have not been compared yet with all others.

        If the task is cancelled, what is done is kept, and the next call continues. Photos that cannot be read now are
        tried again by the next call.
        """
        try:
            await self._compare(turns, meter)
            await self._verify(turns, meter)
        finally:
            turns.close()

    async def _compare(self, turns: Turns, meter: Meter) -> None:
        contents, vectors, new = await run(self._workers.store, self._pairs.embeddings)
        if not new:
            return
        from threadpoolctl import threadpool_limits  # imported here, because the other commands start sooner without it

        meter.begin(Stage.COMPARING, new)
        with threadpool_limits(1, user_api="blas"):  # each of our threads has a core for itself
            least = await run(self._workers.compare, least_score, vectors)
            for start in range(0, new, PIECE):
                rows = slice(start, min(start + PIECE, new))
                columns = [slice(left, min(left + PIECE, len(vectors))) for left in range(start, len(vectors), PIECE)]
                jobs = (partial(_take_turn, turns, vectors, rows, each, least) for each in columns)
                async with aclosing(in_order(self._workers.compare, jobs, 2 * decoders())) as results:
                    found = [each async for each in results]
                pairs = await run(self._workers.compare, _pairs_of, contents, found)
                await run(self._workers.store, self._pairs.add, pairs, contents[rows])
                meter.advance(rows.stop - rows.start)

    async def _verify(self, turns: Turns, meter: Meter) -> None:
        store = self._workers.store
        if not (count := await run(store, self._pairs.count_unverified)):
            return
        meter.begin(Stage.VERIFYING, count)
        pictures = Components()
        _join_pictures(pictures, await run(store, self._pairs.related))
        last: Pair | None = None
        while batch := await run(store, self._pairs.unverified, last, BATCH):
            last = batch[-1]
            # Pictures that are the same as a third one are the same. As long as there is that one, this is enough.
            open_pairs = [pair for pair in batch if pictures.root(pair.first) != pictures.root(pair.second)]
            photos = await run(store, self._photos, [key for pair in open_pairs for key in (pair.first, pair.second)])
            jobs = (partial(self._compare_photos, turns, photos, pair) for pair in open_pairs)
            related: list[RelatedPair] = []
            unrelated: list[Pair] = []
            async with aclosing(in_order(self._workers.matching, jobs, BATCH)) as comparisons:
                for pair in open_pairs:
                    comparison = await anext(comparisons)
                    if comparison and comparison.shared:
                        related.append(_related(pair, comparison.shared))
                    elif comparison:
                        unrelated.append(pair)
            _join_pictures(pictures, related)
            await run(store, self._pairs.verify, related, unrelated)
            meter.advance(len(batch))

    def _compare_photos(self, turns: Turns, photos: dict[bytes, list[Photo]], pair: Pair) -> Comparison | None:
        """Compare the photos of a pair. Returns None if one of them cannot be read."""
        first, second = _within_reach(photos[pair.first]), _within_reach(photos[pair.second])
        if not first or not second:
            return None
        try:
            with turns.turn():
                features = self._matching.of_photo(first)
                return self._matching.compare(features, second, tries_mirrored=pair.score >= MIRRORED)
        except DecodeError as error:
            log.warning("%s and %s are not compared: %s", first, second, error)
            return None

    def _photos(self, contents: Sequence[bytes]) -> dict[bytes, list[Photo]]:
        ids = self._pairs.photos(contents)
        photos = self._catalog.find([key for keys in ids.values() for key in keys])
        return {content: [photos[key] for key in keys if key in photos] for content, keys in ids.items()}


def duplicate_groups(pairs: Pairs, catalog: Catalog) -> list[DuplicateGroup]:
    """Return the groups that are known, from the same connection."""
    related = pairs.related()
    contents = {key for pair in related for key in (pair.first, pair.second)} | set(pairs.copied())
    ids = pairs.photos(sorted(contents))
    photos = catalog.find([key for keys in ids.values() for key in keys])
    of_content = {content: [photos[key] for key in keys if key in photos] for content, keys in ids.items()}
    return groups({content: found for content, found in of_content.items() if found}, related)


def _take_turn(
    turns: Turns, vectors: HalfVectors, rows: slice, columns: slice, least: float
) -> tuple[Positions, Positions, Scores]:
    with turns.turn():
        return alike(vectors, rows, columns, least)


def _within_reach(copies: Sequence[Photo]) -> Path | None:
    """Return the path of the first copy that exists. If there is none, the first one may have a thumbnail."""
    paths = [photo.path for photo in copies]
    return next((path for path in paths if path.exists()), paths[0] if paths else None)


def _join_pictures(pictures: Components, related: Sequence[RelatedPair]) -> None:
    for pair in related:
        if pair.kind is MatchKind.SAME_PICTURE:
            pictures.join(pair.first, pair.second)


def _related(pair: Pair, shared: SharedScene) -> RelatedPair:
    """Return a pair with what was found."""
    outer = None
    if not {Edit.CROPPED, Edit.FRAMED}.isdisjoint(shared.edits):
        in_first, in_second = (box.width * box.height for box in (shared.query_region, shared.region))
        outer = pair.first if in_first < in_second else pair.second
    return RelatedPair(pair.first, pair.second, shared.kind, outer, Edit.FRAMED in shared.edits)


def _pairs_of(contents: Sequence[bytes], found: Sequence[tuple[Positions, Positions, Scores]]) -> list[Pair]:
    rows, columns, scores = best_of_each_row(*(np.concatenate(parts) for parts in zip(*found, strict=True)))
    return [
        Pair(min(contents[row], contents[column]), max(contents[row], contents[column]), float(score))
        for row, column, score in zip(rows, columns, scores, strict=True)
    ]
