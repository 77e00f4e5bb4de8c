from __future__ import annotations

import asyncio
from contextlib import aclosing
from dataclasses import replace
from pathlib import Path
from threading import Event
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import DecodeError
from core.images.matching.comparison import CERTAIN, Comparison
from core.search.verification import BY_CHANCE, CANDIDATES, MIRRORED, STEPS, Verification, reordered
from core.search_request import QueryPicture, SearchRequest
from core.types import Box, Hit, Label, MatchKind, Photo, RemoteFolder, SharedScene
from core.workers import Workers, matchers
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from core.images.matching.local_features import LocalFeatures
    from core.images.matching.workers import MatchingWorkers
    from core.search_request import Verify

REQUEST = SearchRequest.like(Path("query.jpg"))
WHOLE = Box(0, 0, 1, 1)


class FakeMatching:
    """Compares photos by the numbers of inliers for their ranks. Other photos cannot be read."""

    def __init__(self, inliers: Mapping[int, int]) -> None:
        self.inliers = inliers
        self.compared: list[int] = []
        self.mirrored: list[int] = []
        self.gate = Event()
        self.gate.set()

    def query(self, picture: QueryPicture) -> LocalFeatures:
        assert picture == REQUEST.pictures[0]
        return cast("LocalFeatures", None)

    def compare(self, query: LocalFeatures, photo: Path, *, tries_mirrored: bool) -> Comparison:
        assert query is None
        rank = int(photo.stem)
        self.compared.append(rank)
        if rank > STEPS[0]:
            self.gate.wait(HANG_TIMEOUT)
        if tries_mirrored:
            self.mirrored.append(rank)
        if rank not in self.inliers:
            raise DecodeError("It cannot be read.")
        return comparison(self.inliers[rank])


def comparison(inliers: int, kind: MatchKind = MatchKind.SAME_PLACE) -> Comparison:
    shared = SharedScene(kind, (), WHOLE, WHOLE, inliers) if inliers >= CERTAIN else None
    return Comparison(inliers, shared)


def hits(count: int) -> list[Hit]:
    """Return hits with scores from 0.9 down to 0.1, named after their ranks."""
    return [
        Hit(rank, Photo(Path(f"{rank}.jpg")), 0.9 - 0.8 * rank / count, Label.SIMILAR) for rank in range(1, count + 1)
    ]


@pytest.fixture
def workers() -> Iterator[Workers]:
    workers = Workers()
    yield workers
    workers.shutdown()


def refined(
    workers: Workers, matching: FakeMatching, before: list[Hit], request: SearchRequest = REQUEST
) -> list[list[Hit]]:
    async def refine() -> list[list[Hit]]:
        verification = Verification(workers, cast("MatchingWorkers", matching))
        return [after async for after in verification.refine(request, before)]

    return asyncio.run(refine())


def names(found: list[Hit]) -> list[str]:
    return [hit.path.stem for hit in found]


def test_hits_with_the_same_scene_come_first_with_the_word_for_it(workers: Workers) -> None:
    (after,) = refined(workers, FakeMatching({1: 0, 2: 3, 3: 40, 4: 0, 5: 15}), hits(5))

    assert names(after) == ["3", "5", "1", "2", "4"]
    assert [hit.rank for hit in after] == [1, 2, 3, 4, 5]
    assert [hit.label for hit in after[:3]] == [Label.SAME_PLACE, Label.SAME_PLACE, Label.SIMILAR]
    assert after[0].shared
    assert after[0].shared.inliers == 40
    assert after[2].shared is None


def test_same_picture_is_a_near_duplicate_whatever_its_score(workers: Workers) -> None:
    before = hits(2)
    after = reordered(before, {2: comparison(30, MatchKind.SAME_PICTURE)})

    assert [(hit.path.stem, hit.label) for hit in after] == [("2", Label.NEAR_DUPLICATE), ("1", Label.SIMILAR)]
    assert after[0].score == before[1].score


@pytest.mark.parametrize("inliers", [0, BY_CHANCE])
def test_features_that_agree_by_chance_change_nothing(workers: Workers, inliers: int) -> None:
    (after,) = refined(workers, FakeMatching({1: 0, 2: 0, 3: inliers, 4: 0, 5: inliers}), hits(5))

    assert after == hits(5)


@given(st.lists(st.integers(0, 50), min_size=1, max_size=12), st.data())
def test_each_comparison_moves_only_its_own_hit_and_only_up(inliers: list[int], data: st.DataObject) -> None:
    before = hits(len(inliers))
    results = {rank: comparison(each) for rank, each in enumerate(inliers, 1)}
    moved = data.draw(st.integers(1, len(inliers)))
    fewer = {rank: result for rank, result in results.items() if rank < moved}

    earlier = names(reordered(before, fewer))
    later = names(reordered(before, fewer | {moved: results[moved]}))

    assert later.index(str(moved)) <= earlier.index(str(moved))
    assert [name for name in later if name != str(moved)] == [name for name in earlier if name != str(moved)]


def test_identical_photo_stays_first_and_is_not_compared(workers: Workers) -> None:
    before = hits(3)
    before[0] = replace(before[0], label=Label.IDENTICAL)
    matching = FakeMatching({2: 0, 3: 99})

    (after,) = refined(workers, matching, before)

    assert names(after) == ["1", "3", "2"]
    assert sorted(matching.compared) == [2, 3]


def test_photo_that_cannot_be_read_keeps_its_place(workers: Workers) -> None:
    (after,) = refined(workers, FakeMatching({1: 0, 3: 0}), hits(3))

    assert after == hits(3)


def test_hits_stay_as_they_are_if_the_query_can_no_longer_be_read(
    workers: Workers, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(self: FakeMatching, picture: QueryPicture) -> LocalFeatures:
        raise DecodeError("It is gone.")

    monkeypatch.setattr(FakeMatching, "query", fail)

    assert refined(workers, FakeMatching({}), hits(3)) == []


def test_photo_of_another_computer_is_not_compared(workers: Workers) -> None:
    before = hits(2)
    before[0] = replace(before[0], photo=replace(before[0].photo, remote=RemoteFolder("7f3a", "study")))
    matching = FakeMatching({2: 0})

    refined(workers, matching, before)

    assert matching.compared == [2]


def test_order_is_shown_after_the_best_hits_and_at_the_end(workers: Workers) -> None:
    steps = refined(workers, FakeMatching({rank: 99 * (rank in {10, 11, 40}) for rank in range(1, 41)}), hits(40))

    assert [names(step)[:3] for step in steps] == [["10", "1", "2"], ["10", "11", "1"], ["10", "11", "40"]]


@pytest.mark.parametrize(("verify", "count"), [("auto", CANDIDATES), ("all", CANDIDATES + 20), ("no", 0)])
def test_as_many_hits_are_compared_as_asked_for(workers: Workers, verify: Verify, count: int) -> None:
    matching = FakeMatching(dict.fromkeys(range(1, 1000), 0))
    request = replace(REQUEST, verify=verify)

    refined(workers, matching, hits(CANDIDATES + 20), request)

    assert sorted(matching.compared) == list(range(1, count + 1))
    assert sorted(matching.mirrored) == list(range(1, min(MIRRORED, count) + 1))


@pytest.mark.parametrize(
    ("top_k", "verify", "expected"), [(20, "auto", CANDIDATES), (500, "auto", 500), (20, "no", 20)]
)
def test_more_hits_are_found_than_shown_so_that_one_can_move_up(top_k: int, verify: str, expected: int) -> None:
    request = replace(REQUEST, top_k=top_k, verify=verify)  # type: ignore[arg-type]

    assert Verification.candidates(request).top_k == expected


@pytest.mark.parametrize("weights", [(1.0, 1.0), (1.0, -0.5), (-1.0,)])
def test_hits_of_several_pictures_or_unlike_one_are_not_compared(workers: Workers, weights: tuple[float, ...]) -> None:
    request = replace(REQUEST, pictures=tuple(QueryPicture(Path("query.jpg"), weight) for weight in weights))
    matching = FakeMatching({})

    assert refined(workers, matching, hits(3), request) == []
    assert matching.compared == []
    assert Verification.candidates(request) == request


def test_closing_stops_the_comparisons(workers: Workers) -> None:
    matching = FakeMatching(dict.fromkeys(range(1, 101), 0))
    matching.gate.clear()

    async def look_at_the_first() -> None:
        verification = Verification(workers, cast("MatchingWorkers", matching))
        async with aclosing(verification.refine(REQUEST, hits(100))) as steps:
            async for _ in steps:
                break

    asyncio.run(look_at_the_first())
    matching.gate.set()
    workers.matching.shutdown(wait=True)

    assert STEPS[0] <= len(matching.compared) <= STEPS[0] + matchers()
