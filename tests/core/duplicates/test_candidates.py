from __future__ import annotations

import tracemalloc
from typing import TYPE_CHECKING

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from core.duplicates.candidates import ENOUGH, LEAST, MOST, alike, best_of_each_row, least_score

if TYPE_CHECKING:
    from core.catalog.pairs import HalfVectors


def unit_vectors(count: int, seed: int, dim: int = 6) -> HalfVectors:
    values = np.random.default_rng(seed).normal(size=(count, dim))
    vectors: HalfVectors = (values / np.linalg.norm(values, axis=1, keepdims=True)).astype(np.float16)
    return vectors


@given(st.integers(1, 30), st.integers(1, 17), st.integers(0, 9), st.sampled_from([-0.9, 0.3, 0.9]))
def test_pieces_together_have_each_pair_once(count: int, piece: int, seed: int, least: float) -> None:
    vectors = unit_vectors(count, seed)
    exact = vectors.astype(np.float32) @ vectors.astype(np.float32).T

    found = []
    for start in range(0, count, piece):
        for left in range(start, count, piece):
            rows, columns = slice(start, min(start + piece, count)), slice(left, min(left + piece, count))
            first, second, scores = alike(vectors, rows, columns, least)
            np.testing.assert_allclose(scores, exact[first, second], rtol=1e-5, atol=1e-6)
            found += list(zip(first.tolist(), second.tolist(), strict=True))

    above = np.argwhere(np.triu(exact >= least, 1)).tolist()
    assert sorted(found) == sorted(map(tuple, above))


def test_of_pictures_that_are_all_alike_the_best_pairs_of_each_are_kept() -> None:
    count = 5 * MOST
    vectors = np.tile(unit_vectors(1, 0), (count, 1))
    vectors[1:3] = unit_vectors(2, 1)
    vectors[2] = vectors[1]

    rows, columns, scores = alike(vectors, slice(0, count), slice(0, count), 0.99)

    assert np.bincount(rows).max() == MOST
    assert (1, 2) in set(zip(rows.tolist(), columns.tolist(), strict=True))
    assert (scores >= 0.99).all()
    assert (columns > rows).all()


def test_pictures_that_are_all_alike_take_little_more_memory_than_their_scores() -> None:
    vectors = np.tile(unit_vectors(1, 0), (1500, 1))
    tracemalloc.start()

    alike(vectors, slice(0, 1500), slice(0, 1500), 0.5)

    assert tracemalloc.get_traced_memory()[1] < 4 * 1500 * 1500 * 4
    tracemalloc.stop()


def test_pairs_of_all_pieces_are_limited_together() -> None:
    rows = np.array([7] * (MOST + 5) + [3])
    columns = np.arange(len(rows)) + 10
    scores = np.linspace(0.5, 0.9, len(rows)).astype(np.float32)

    kept_rows, kept_columns, kept_scores = best_of_each_row(rows, columns, scores)

    assert (kept_rows == 7).sum() == MOST
    assert set(kept_columns[kept_rows == 7]) == set(range(15, 10 + MOST + 5))
    assert kept_columns[kept_rows == 3].tolist() == [10 + MOST + 5]
    assert len(kept_scores) == MOST + 1


def test_least_score_grows_with_the_library_between_its_bounds() -> None:
    # In 64 dimensions, the scores of random vectors have a standard deviation of an eighth.
    levels = [least_score(unit_vectors(count, 0, dim=64)) for count in (10, 100, 400, 4000)]

    assert levels == sorted(levels)
    assert levels[0] == LEAST
    assert LEAST < levels[2] < levels[3] <= ENOUGH


def test_a_library_without_pairs_has_a_least_score() -> None:
    assert least_score(unit_vectors(0, 0)) == least_score(unit_vectors(1, 0)) == ENOUGH
