"""The balance of subject and look in a search."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from core.errors import QueryError
from core.models.embedder import Parts
from core.search.balance import ONE_PART, Balance
from core.search_request import QueryPicture, SearchRequest
from tests.helpers.indexing.bench import FakeEmbedder, paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from core.types import Pixels, Vectors
    from tests.helpers.indexing.bench import Bench

PARTS = Parts(subject=5, balance=0.9)
SHARES = st.none() | st.floats(0, 1)


def unit(rows: NDArray[np.floating]) -> Vectors:
    scaled: Vectors = (rows / np.linalg.norm(rows, axis=1, keepdims=True)).astype(np.float32)
    return scaled


def joined(subject: Vectors, look: Vectors, balance: float) -> Vectors:
    return np.concatenate([balance**0.5 * subject, (1 - balance) ** 0.5 * look], axis=1, dtype=np.float32)


@given(share=SHARES, seed=st.integers(0, 1000))
def test_score_is_the_weighted_sum_of_the_cosines_of_the_parts(share: float | None, seed: int) -> None:
    random = np.random.default_rng(seed)
    subject, look = unit(random.normal(size=(2, 5))), unit(random.normal(size=(2, 3)))
    query, photo = joined(subject, look, PARTS.balance)
    balance = Balance(PARTS, share)

    (vector,) = balance.applied(query[np.newaxis])

    weight = PARTS.balance if share is None else share
    expected = weight * float(subject[0] @ subject[1]) + (1 - weight) * float(look[0] @ look[1])
    assert balance.score(float(vector @ photo)) == pytest.approx(expected, abs=1e-5)
    assert np.linalg.norm(vector) == pytest.approx(1, abs=1e-5)  # as every metric of an index needs it


@given(share=SHARES, weights=st.lists(st.floats(-1, 1), min_size=2, max_size=4), seed=st.integers(0, 99))
def test_score_of_several_pictures_is_the_weighted_sum_of_the_cosines_of_the_summed_parts(
    share: float | None, weights: list[float], seed: int
) -> None:
    random, count = np.random.default_rng(seed), len(weights)
    parts = unit(random.normal(size=(count + 1, 5))), unit(random.normal(size=(count + 1, 3)))
    *pictures, photo = joined(*parts, PARTS.balance)
    summed = [np.asarray(weights) @ part[:-1] for part in parts]
    assume(min(map(np.linalg.norm, summed)) > 0.01)
    balance = Balance(PARTS, share)

    total = np.asarray(weights, np.float32) @ np.stack(pictures)
    (vector,) = balance.applied(balance.joined(total)[np.newaxis])

    subject, look = (float(each @ part[-1] / np.linalg.norm(each)) for each, part in zip(summed, parts, strict=True))
    weight = PARTS.balance if share is None else share
    expected = weight * subject + (1 - weight) * look
    assert balance.score(float(vector @ photo)) == pytest.approx(expected, abs=1e-4)


def test_embeddings_without_parts_are_searched_as_they_are() -> None:
    vectors = unit(np.random.default_rng(1).normal(size=(2, 8)))
    balance = Balance(None, None)
    np.testing.assert_array_equal(balance.applied(vectors), vectors)
    np.testing.assert_array_equal(balance.joined(vectors[0]), vectors[0])
    assert (balance.score(0.5), balance.levels) == (0.5, ONE_PART)


def test_model_without_parts_has_no_balance() -> None:
    with pytest.raises(QueryError, match="does not tell subject and look apart"):
        Balance(None, 0.5)


def test_levels_of_labels_grow_with_the_share_of_the_subject() -> None:
    levels = [Balance(PARTS, share).levels for share in (0, 0.5, 1)]
    assert levels == sorted(levels, key=lambda each: each.near_duplicate)
    assert Balance(PARTS, None).levels == Balance(PARTS, 0.9).levels


class ColoursAndEdges(FakeEmbedder):
    """A `FakeEmbedder` with the colours as the subject and the edges as the look."""

    def __init__(self) -> None:
        super().__init__()
        self.parts = Parts(subject=self.dim // 5 * 3, balance=0.8)

    def embed(self, pictures: Pixels, *, background: bool = False) -> Vectors:
        colours, edges = np.split(super().embed(pictures, background=background), [self.dim // 5 * 3], axis=1)
        return joined(unit(colours), unit(edges), 0.8)


@pytest.fixture
def files(bench: Bench, tmp_path: Path) -> list[Path]:
    """Return the photos in the library."""
    bench.embedder = ColoursAndEdges()
    files = paint_many(tmp_path / "photos", 12)
    bench.run(tmp_path / "photos")
    return files


@pytest.mark.parametrize("count", [1, 2])
def test_scores_of_a_balance_lie_between_those_of_the_parts(bench: Bench, files: list[Path], count: int) -> None:
    request = SearchRequest(tuple(map(QueryPicture, files[:count])))
    subject, look, both, default = (
        {hit.path: hit.score for hit in bench.answer(replace(request, balance=balance))}
        for balance in (1.0, 0.0, 0.8, None)
    )
    assert both == default
    assert subject != look
    if count == 1:
        for path in files[1:]:
            assert both[path] == pytest.approx(0.8 * subject[path] + 0.2 * look[path], abs=1e-4)


def test_balance_is_refused_by_a_model_without_parts(bench: Bench, files: list[Path]) -> None:
    bench.embedder = FakeEmbedder()
    with pytest.raises(QueryError):
        bench.answer(SearchRequest((QueryPicture(files[0]),), balance=0.5))
