"""Measures on the photos of a library how well they are found."""

from __future__ import annotations

import logging
from collections import defaultdict
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from statistics import mean, median
from time import perf_counter
from typing import TYPE_CHECKING

from core.errors import DecodeError
from core.reports import SearchQuality
from core.search.balance import Balance
from core.search_request import QueryPicture, SearchRequest
from core.types import MatchKind
from core.workers import run

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, AsyncIterator, Callable

    from core.images.interactive_workers import InteractiveWorkers
    from core.models.embedder import Embedder
    from core.search.retrieval import Retrieval
    from core.types import Hit, Photo
    from core.workers import Workers

log = logging.getLogger(__name__)

FIRST = 10
"""How many of the first hits of the search index are compared with those of an exact search."""

SAME_SCORE = 1e-5
"""Photos whose scores differ by less have the same rank."""


@dataclass(slots=True)
class Measures:
    """What has been measured so far, each a list of results."""

    samples: int = 0
    found_first: defaultdict[str, list[bool]] = field(default_factory=lambda: defaultdict(list))
    index_recall: list[float] = field(default_factory=list)
    milliseconds: defaultdict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @asynccontextmanager
    async def timed(self, stage: str) -> AsyncIterator[None]:
        """Add the time of the `with` block to a stage."""
        started = perf_counter()
        yield
        self.milliseconds[stage].append((perf_counter() - started) * 1000)

    def summary(self) -> SearchQuality:
        """Return means of the shares, and medians of the times."""
        return SearchQuality(
            self.samples,
            {edit: mean(results) for edit, results in self.found_first.items()},
            mean(self.index_recall) if self.index_recall else 1.0,
            {stage: median(times) for stage, times in self.milliseconds.items()},
        )


class QualityCheck:
    """Searches for edited copies of photos, and compares the search index with an exact search."""

    def __init__(
        self,
        workers: Workers,
        decoders: InteractiveWorkers,
        embedder: Embedder,
        retrieval: Retrieval,
        search: Callable[[SearchRequest], AsyncGenerator[list[Hit], None]],
    ) -> None:
        """`search` yields the hits as they are found, and again each time that verification has improved them."""
        self._workers, self._decoders, self._embedder = workers, decoders, embedder
        self._retrieval, self._search = retrieval, search

    async def run(self, samples: int, begin: Callable[[int], None], advance: Callable[[], None]) -> SearchQuality:
        """Return the measures of at most so many photos, chosen at random. Those that cannot be read are left out.

        `begin` is called with the number of photos, and `advance` after each of them.
        """
        measures = Measures()
        photos = await self._retrieval.some_photos(samples)
        begin(len(photos))
        for photo in photos:
            try:
                await self._check(photo, measures)
            except DecodeError as error:
                log.warning("%s is left out: %s", photo.path, error)
            advance()
        return measures.summary()

    async def _check(self, photo: Photo, measures: Measures) -> None:
        copies = await run(self._workers.interactive, self._decoders.edited_copies, photo.path)
        found_first = {}
        for edit, copy in copies.items():
            hit = await self._first_hit(SearchRequest((QueryPicture(copy),)), measures)
            # Another version of the same picture is as good.
            is_same = hit and hit.shared and hit.shared.kind is MatchKind.SAME_PICTURE
            found_first[edit] = bool(hit and (is_same or hit.photo.content == photo.content))
        await self._compare_index(QueryPicture(copies["small"]), measures)
        for edit, is_found in found_first.items():
            measures.found_first[edit].append(is_found)
        measures.samples += 1

    async def _first_hit(self, request: SearchRequest, measures: Measures) -> Hit | None:
        async with aclosing(self._search(request)) as answers:
            async with measures.timed("search"):
                found = await anext(answers)
            async with measures.timed("verification"):
                verified = [hits async for hits in answers]
        hits = verified[-1] if verified else found
        return hits[0] if hits else None

    async def _compare_index(self, picture: QueryPicture, measures: Measures) -> None:
        async with measures.timed("reading the picture"):
            query = await run(
                self._workers.interactive, self._decoders.query, picture, self._embedder.input, all_views=False
            )
        async with measures.timed("embedding"):
            embeddings = await run(self._workers.query, self._embedder.embed, query.views)
        vectors = Balance(self._embedder.parts, None).applied(embeddings)
        async with measures.timed("search index"):
            found = await self._retrieval.similarities(vectors, None, FIRST)
        async with measures.timed("exact search"):
            exact = await self._retrieval.exact(vectors, FIRST)
        if exact:
            best = sorted(exact.values(), reverse=True)[:FIRST]
            own = [key for key, hit in (await self._retrieval.photos(list(found))).items() if not hit.remote]
            right = sum(found[key] >= best[-1] - SAME_SCORE for key in own)
            measures.index_recall.append(min(1.0, right / len(best)))
