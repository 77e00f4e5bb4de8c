from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, cast

import numpy as np
import pytest

from core.errors import DecodeError
from core.images.query import Query
from core.search.quality import QualityCheck
from core.types import Box, Hit, Label, MatchKind, Photo, RemoteFolder, SharedScene
from core.workers import Workers

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator, Iterator

    from core.images.interactive_workers import InteractiveWorkers
    from core.models.embedder import Embedder
    from core.reports import SearchQuality
    from core.search.retrieval import Retrieval
    from core.search_request import SearchRequest

WHOLE = Box(0, 0, 1, 1)
VECTOR = np.ones((1, 2), np.float32)


class FakeLibrary:
    """Photos named by a letter. Decodes, embeds and searches by the fields."""

    def __init__(self) -> None:
        self.photos = "ab"
        self.unreadable = self.failing = ""
        self.answers: dict[str, list[Hit]] = {}
        self.index, self.exact_scores = {1: 0.9, 2: 0.5}, {1: 0.9, 2: 0.5}
        self.parts, self.input = None, None
        self.remote: set[int] = set()

    def edited_copies(self, photo: Path) -> dict[str, bytes]:
        if photo.stem in self.unreadable:
            raise DecodeError("It cannot be read.")
        return {edit: f"{edit} {photo.stem}".encode() for edit in ("small", "turned")}

    def query(self, *_: object, all_views: bool) -> Query:
        assert not all_views
        return Query(b"", np.zeros((1, 1, 1, 3), np.uint8), is_blank=False)

    def embed(self, _: object) -> object:
        return VECTOR

    async def search(self, request: SearchRequest) -> AsyncGenerator[list[Hit], None]:
        (picture,) = request.pictures
        assert isinstance(picture.source, bytes)
        edit, name = picture.source.decode().split()
        if self.failing == f"{edit} {name}":
            raise DecodeError("It takes too long.")
        yield [hit("z"), hit(name)]
        if answer := self.answers.get(f"{edit} {name}"):
            yield answer


class FakeRetrieval:
    def __init__(self, library: FakeLibrary) -> None:
        self._library = library

    async def some_photos(self, most: int) -> list[Photo]:
        return [photo(name) for name in self._library.photos[:most]]

    async def similarities(self, *_: object) -> dict[int, float]:
        return self._library.index

    async def exact(self, *_: object) -> dict[int, float]:
        return self._library.exact_scores

    async def photos(self, ids: list[int]) -> dict[int, Photo]:
        remote = RemoteFolder("7f3a", "study")
        return {key: Photo(Path("x"), remote=remote if key in self._library.remote else None) for key in ids}


def photo(name: str) -> Photo:
    return Photo(Path(f"/photos/{name}.jpg"), name.encode())


def hit(name: str, kind: MatchKind | None = None) -> Hit:
    return Hit(1, photo(name), 0.9, Label.CLOSE, shared=SharedScene(kind, (), WHOLE, WHOLE, 50) if kind else None)


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.shutdown()


def checked(library: FakeLibrary, workers: Workers, samples: int = 9) -> SearchQuality:
    check = QualityCheck(
        workers,
        cast("InteractiveWorkers", library),
        cast("Embedder", library),
        cast("Retrieval", FakeRetrieval(library)),
        library.search,
    )
    begun: list[int] = []
    advanced: list[int] = []
    found = asyncio.run(check.run(samples, begun.append, lambda: advanced.append(1)))
    assert begun == [len(advanced)]
    return found


def test_recall_counts_the_originals_that_are_first_at_last(workers: Workers) -> None:
    library = FakeLibrary()
    library.answers = {"small a": [hit("a"), hit("z")], "small b": [hit("b")], "turned a": [hit("a")]}

    found = checked(library, workers)

    assert (found.samples, found.recall_at_1) == (2, {"small": 1.0, "turned": 0.5})


def test_another_version_of_the_same_picture_is_right_and_the_same_place_is_not(workers: Workers) -> None:
    library = FakeLibrary()
    library.photos = "a"
    library.answers = {
        "small a": [hit("y", MatchKind.SAME_PICTURE)],
        "turned a": [hit("y", MatchKind.SAME_PLACE)],
    }

    assert checked(library, workers).recall_at_1 == {"small": 1.0, "turned": 0.0}


@pytest.mark.parametrize(
    ("index", "recall"),
    [
        ({1: 0.9, 2: 0.5}, 1.0),
        ({1: 0.9, 3: 0.4}, 0.5),
        ({1: 0.9, 3: 0.499999}, 1.0),
        ({}, 0.0),
        ({1: 0.9, 2: 0.5, 3: 0.5}, 1.0),
    ],
)
def test_index_recall_is_the_share_of_the_best_photos_that_the_index_finds(
    workers: Workers, index: dict[int, float], recall: float
) -> None:
    library = FakeLibrary()
    library.index = index

    assert checked(library, workers).index_recall == recall


def test_photos_of_other_computers_do_not_count_as_found(workers: Workers) -> None:
    library = FakeLibrary()
    library.index, library.remote = {1: 0.9, 7: 0.95}, {7}

    assert checked(library, workers).index_recall == 0.5


def test_search_that_fails_leaves_the_photo_out(workers: Workers) -> None:
    library = FakeLibrary()
    library.failing = "turned a"

    found = checked(library, workers)

    assert (found.samples, found.recall_at_1) == (1, {"small": 0.0, "turned": 0.0})


def test_photos_that_cannot_be_read_are_left_out(workers: Workers) -> None:
    library = FakeLibrary()
    library.unreadable = "a"
    assert checked(library, workers).samples == 1

    library.unreadable = "ab"
    found = checked(library, workers)

    assert (found.samples, found.recall_at_1, found.milliseconds) == (0, {}, {})


def test_every_stage_is_timed(workers: Workers) -> None:
    times = checked(FakeLibrary(), workers, samples=1).milliseconds

    assert list(times) == [
        *("search", "verification", "reading the picture", "embedding", "search index", "exact search")
    ]
    assert all(time >= 0 for time in times.values())
