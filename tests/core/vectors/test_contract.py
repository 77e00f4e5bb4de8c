"""The contract of every search index, checked for each implementation."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from core.vectors.index import PhotoLocation, Where
from tests.helpers.search_index.vector_rows import DIM, ORIGIN, axis, ids, row, rows, units

if TYPE_CHECKING:
    from core.vectors.index import Row, VectorIndex

NAMES = ["plain.jpg", 'it\'s "quoted".jpg', "back\\slash.jpg", "line\nfeed\ttab.jpg", "\U0001f3d6.jpg", "\udcff\udce9"]
PATHS = [*NAMES, "deep/" * 800 + "a.jpg", "\U0001f3d6" * 1000, "\udcff" * 4000]
# A server takes seconds to flush, so quick runs skip these tests for it.
slow_on_server = pytest.mark.parametrize(
    "index", ["exact", "lite", "unpatched_lite", pytest.param("server", marks=pytest.mark.slow)], indirect=True
)


def as_text(path: str) -> str:
    return path.encode("utf-8", "backslashreplace").decode()


def rows_with_cosines(*cosines: float) -> list[Row]:
    """Return rows with ids from 1 on, whose vectors have these cosines with the first axis."""
    vectors = np.zeros((len(cosines), DIM), np.float32)
    vectors[:, 0] = cosines
    vectors[:, 1] = np.sqrt(1 - vectors[:, 0] ** 2)
    return rows(vectors)


def test_empty_index_supports_every_operation(index: VectorIndex) -> None:
    assert index.count() == 0
    assert index.search(units(2), 5) == [[], []]
    index.delete([1])
    index.flush()
    index.clear()
    assert index.count() == 0


def test_empty_batches_are_accepted(index: VectorIndex) -> None:
    index.upsert([])
    index.delete([])

    assert index.search(units(0), 5) == []
    assert index.count() == 0


def test_matches_are_sorted_by_cosine_best_first(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(0.1, 0.9, -0.5, 1.0, 0.5))

    (found,) = index.search(axis(0), 10)

    assert ids(found) == [4, 2, 5, 1, 3]
    assert [match.score for match in found] == pytest.approx([1.0, 0.9, 0.5, 0.1, -0.5], abs=1e-6)


def test_rows_are_found_before_and_after_a_flush(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0))
    before = index.search(axis(0), 1)

    index.flush()

    assert before == index.search(axis(0), 1)
    assert ids(before[0]) == [1]
    assert index.count() == 1


@slow_on_server
def test_upsert_replaces_the_row_with_the_same_id(index: VectorIndex) -> None:
    for flush in (False, True, False):
        index.upsert(rows_with_cosines(1.0))
        if flush:
            index.flush()
    index.upsert([row(1, axis(3)[0])])

    (found,) = index.search(axis(3), 10)

    assert index.count() == 1
    assert ids(found) == [1]
    assert found[0].score == pytest.approx(1.0)


@slow_on_server
def test_deleted_rows_are_neither_counted_nor_found(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0, 0.9, 0.8))
    index.flush()

    index.delete([1, 99])

    assert index.count() == 2
    assert ids(index.search(axis(0), 10)[0]) == [2, 3]
    index.delete([1])
    assert index.count() == 2


def test_deleted_row_can_be_written_again(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0, 0.9))
    index.delete([1])
    index.upsert(rows_with_cosines(0.5))

    assert index.count() == 2
    assert ids(index.search(axis(0), 10)[0]) == [2, 1]


def test_search_returns_top_k_matches_or_all_rows_if_there_are_fewer(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0, 0.9, 0.8))

    assert ids(index.search(axis(0), 2)[0]) == [1, 2]
    assert ids(index.search(axis(0), 1000)[0]) == [1, 2, 3]
    assert ids(index.search(axis(0), 100_000)[0]) == [1, 2, 3]


def test_several_queries_are_answered_in_order(index: VectorIndex) -> None:
    index.upsert(rows(np.eye(DIM, dtype=np.float32)))

    answers = index.search(np.concatenate([axis(2), axis(0), axis(2), axis(7)]), 1)

    assert [ids(answer) for answer in answers] == [[3], [1], [3], [8]]


def test_search_can_be_restricted_to_roots(index: VectorIndex) -> None:
    names = ["one", 'qu"oted\\', "three"]
    index.upsert([row(key, axis(0)[0], root=names[key % 3]) for key in range(1, 31)])
    for flush in (False, True):
        if flush:
            index.flush()
        (found,) = index.search(axis(0), 100, Where((names[1], names[2])))
        assert sorted(ids(found)) == [key for key in range(1, 31) if key % 3]
        assert index.search(units(2), 100, Where(("nobody's",))) == [[], []]
        assert len(index.search(axis(0), 5, Where((names[0],)))[0]) == 5


def test_ids_may_have_63_bits(index: VectorIndex) -> None:
    keys = [0, 1, 2**53 + 1, 2**62 + 1, 2**63 - 1]
    index.upsert([row(key, vector) for key, vector in zip(keys, units(5), strict=True)])

    assert set(ids(index.search(units(1), 10)[0])) == set(keys)
    index.delete([2**63 - 1])
    assert index.count() == 4


@slow_on_server
def test_any_path_can_be_written(index: VectorIndex) -> None:
    index.upsert([row(key, axis(0)[0], path, origin=path) for key, path in enumerate(PATHS)])
    index.flush()

    assert sorted(ids(index.search(axis(0), 20)[0])) == list(range(len(PATHS)))


def test_locations_are_returned_as_they_were_written(index: VectorIndex) -> None:
    index.upsert([row(key, axis(0)[0], path, origin=f"laptop: {path}") for key, path in enumerate(PATHS)])

    assert index.locations(range(len(PATHS))) == {
        key: PhotoLocation("root", as_text(path), f"laptop: {as_text(path)}") for key, path in enumerate(PATHS)
    }


def test_locations_are_current_and_leave_out_missing_rows(index: VectorIndex) -> None:
    index.upsert(rows(units(3)))
    index.upsert([row(2, axis(0)[0], "moved.jpg", root="other", origin="desktop: D:\\photos")])
    index.delete([3])

    assert index.locations([]) == {}
    assert index.locations([1, 2, 3, 99]) == {
        1: PhotoLocation("root", "1.jpg", ORIGIN),
        2: PhotoLocation("other", "moved.jpg", "desktop: D:\\photos"),
    }


def test_count_can_be_restricted_to_roots(index: VectorIndex) -> None:
    # Some of these names would select another root, or all roots, if they were not quoted.
    roots = ["plain", *NAMES[1:-1], "\\", '"', "'", 'a" or root != "', "a\\n", "\r\x00\x08\x1b\x7f", "{root}", "%", ""]
    index.upsert([row(key, axis(0)[0], root=root) for key, root in enumerate(roots * 2)])
    index.upsert([row(0, axis(1)[0], root=roots[1])])
    index.delete([2])

    assert [index.count([root]) for root in roots] == [1, 3, 1, *([2] * (len(roots) - 3))]
    assert index.count(roots[:3]) == 5
    assert index.count([*roots, "unknown"]) == index.count() == 2 * len(roots) - 1
    assert index.count(["unknown"]) == index.count([]) == 0


@slow_on_server
def test_cleared_index_is_empty_and_accepts_rows(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0, 0.9))
    index.flush()

    index.clear()

    assert index.count() == 0
    assert index.search(axis(0), 5) == [[]]
    index.upsert(rows_with_cosines(0.5))
    assert ids(index.search(axis(0), 5)[0]) == [1]


def test_rows_from_many_calls_are_all_found(index: VectorIndex) -> None:
    vectors = units(1000)
    for start in range(0, 1000, 100):
        index.upsert(rows(vectors[start : start + 100], first_id=start + 1))
    index.flush()
    index.upsert(rows(vectors[:50]))

    answers = index.search(vectors, 3)

    assert index.count() == 1000
    assert [ids(answer)[0] for answer in answers] == list(range(1, 1001))
    assert all(len(set(ids(answer))) == 3 for answer in answers)
    assert max(match.score for answer in answers for match in answer) <= 1.0000005


def test_rows_with_equal_vectors_are_all_found(index: VectorIndex) -> None:
    index.upsert(rows_with_cosines(1.0, 1.0, 1.0))

    (found,) = index.search(axis(0), 10)

    assert sorted(ids(found)) == [1, 2, 3]
    assert len({match.score for match in found}) == 1


def test_closing_twice_is_allowed(index: VectorIndex) -> None:
    index.close()
    index.close()
