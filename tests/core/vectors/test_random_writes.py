"""After any sequence of writes, an index in Milvus finds the same rows as an exact search."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.vectors.exact import ExactIndex
from tests.helpers.search_index.vector_rows import ids, row, units

if TYPE_CHECKING:
    from core.vectors.milvus import MilvusIndex

Writes = list[tuple[str, "dict[int, int] | set[int] | None"]]

UPSERTS = st.tuples(st.just("upsert"), st.dictionaries(st.integers(1, 30), st.integers(0, 10**6), min_size=1))
DELETES = st.tuples(st.just("delete"), st.sets(st.integers(1, 30)))
FLUSHES = st.tuples(st.just("flush"), st.none())


def check_against_exact(index: MilvusIndex, writes: Writes, queries: int, top_k: int) -> None:
    exact = ExactIndex()
    index.delete(range(1, 31))
    for each in (exact, index):
        for _, what in writes:
            if isinstance(what, dict):
                each.upsert([row(key, units(1, seed)[0]) for key, seed in what.items()])
            elif isinstance(what, set):
                each.delete(sorted(what))
            else:
                each.flush()

    answers = index.search(units(queries, 99), top_k)

    assert index.count() == exact.count()
    for answer, everything in zip(answers, exact.search(units(queries, 99), 100), strict=True):
        scores = {match.id: match.score for match in everything}
        assert [match.score for match in answer] == pytest.approx(list(scores.values())[:top_k], abs=1e-6)
        assert [match.score for match in answer] == pytest.approx([scores[key] for key in ids(answer)], abs=1e-6)
        assert len(set(ids(answer))) == len(answer)


@settings(
    max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(
    writes=st.lists(st.one_of(UPSERTS, DELETES, FLUSHES), max_size=6),
    queries=st.integers(1, 3),
    top_k=st.integers(1, 40),
)
def test_lite_finds_the_same_rows_as_an_exact_search(
    emptied_lite: MilvusIndex, writes: Writes, queries: int, top_k: int
) -> None:
    check_against_exact(emptied_lite, writes, queries, top_k)


# Without flushes, because each takes a server seconds.
@settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
@given(writes=st.lists(st.one_of(UPSERTS, DELETES), max_size=6), queries=st.integers(1, 3), top_k=st.integers(1, 40))
def test_server_finds_the_same_rows_as_an_exact_search(
    emptied_server: MilvusIndex, writes: Writes, queries: int, top_k: int
) -> None:
    check_against_exact(emptied_server, writes, queries, top_k)
