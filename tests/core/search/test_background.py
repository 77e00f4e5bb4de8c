"""What scores mean in a library, judged by its background."""

from __future__ import annotations

from contextlib import closing
from typing import TYPE_CHECKING

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.catalog.database import Database
from core.catalog.embeddings import Embeddings
from core.catalog.photos import Catalog
from core.search.background import CLOSE, FEW, Background, LibrarySample
from core.search.balance import ONE_PART, ScoreLevels
from core.search_request import Filters
from core.types import Label
from tests.helpers.engine.catalog_entries import FOLDER, MODEL, OTHER_MODEL, save
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from core.types import Vector
    from tests.helpers.indexing.bench import Bench

MANY = 2000
DECLINE = 0.05
USUAL = ScoreLevels(near_duplicate=0.9, close=0.7, similar=0.5, strong=0.7)


def unrelated(count: int = MANY, seed: int = 0) -> Vector:
    """Return scores that spread evenly around 0, and decline exponentially above."""
    random = np.random.default_rng(seed)
    signs = random.choice([-1, 1], count)
    scores: Vector = (signs * random.exponential(DECLINE, count)).astype(np.float32)
    return scores


def related(count: int, score: float) -> Vector:
    return np.full(count, score, np.float32)


@pytest.mark.parametrize("expected", [0.1, 1.0, 10.0])
def test_as_many_unrelated_photos_reach_a_score_as_expected(expected: float) -> None:
    judged = Background(unrelated(), MANY, USUAL)

    reached = [int((unrelated(seed=seed) >= judged.score_expected_of(expected)).sum()) for seed in range(1, 201)]

    assert expected / 2 <= np.mean(reached) <= expected * 2


def test_a_larger_library_asks_for_higher_scores() -> None:
    small, large = (Background(unrelated(), population, USUAL) for population in (MANY, 10 * MANY))
    assert large.score_expected_of(CLOSE) == pytest.approx(small.score_expected_of(CLOSE) + DECLINE * np.log(10), 0.1)
    assert large.levels().close > small.levels().close


def test_a_few_related_photos_do_not_change_what_the_others_mean() -> None:
    without = Background(unrelated(), MANY, USUAL).levels()
    among = Background(np.concatenate([unrelated(), related(20, 0.8)]), MANY + 20, USUAL).levels()
    assert among.close == pytest.approx(without.close, abs=0.03)


def test_photos_that_many_more_reach_than_expected_are_similar_in_a_library_of_any_size() -> None:
    scores = np.concatenate([unrelated(), related(40, 0.3)])
    for population in (len(scores), 1_000_000):
        assert Background(scores, population, USUAL).levels().similar <= 0.3
    assert Background(unrelated(), 1_000_000, USUAL).levels().similar > 0.3


@pytest.mark.parametrize("count", [0, 1, FEW - 1])
def test_a_library_of_few_photos_has_the_usual_levels(count: int) -> None:
    assert Background(unrelated(count), count, USUAL).levels() is USUAL


@given(
    st.lists(st.floats(-1, 1, width=32), min_size=FEW, max_size=200),
    st.integers(0, 10**7),
    st.integers(1, 100),
)
def test_levels_and_percentiles_are_in_order_whatever_the_scores(scores: list[float], more: int, rank: int) -> None:
    judged = Background(np.array(scores, np.float32), len(scores) + more, USUAL)

    levels = judged.levels()
    percentiles = [judged.percentile(score, rank) for score in np.linspace(-1, 1, 41)]

    assert levels.similar <= levels.close <= levels.near_duplicate
    for level in (levels.close, levels.similar):
        assert level * 100 == pytest.approx(round(level * 100), abs=1e-6)
    known = [percentile for percentile in percentiles if percentile is not None]
    assert len(known) == len(percentiles)
    assert known == sorted(known)
    assert known[0] >= 0
    assert known[-1] < 100


def test_percentile_is_exact_if_all_photos_are_in_the_sample() -> None:
    judged = Background(np.linspace(0, 0.99, 100, dtype=np.float32), 100, USUAL)
    assert judged.percentile(0.99, 1) == pytest.approx(99)
    assert judged.percentile(0.505, 49) == pytest.approx(51)
    assert judged.percentile(-0.5, 100) == 0


def test_percentile_in_a_large_library_is_finer_than_its_sample() -> None:
    judged = Background(unrelated(), 1_000_000, USUAL)
    percentile = judged.percentile(9 * DECLINE, 50)
    assert percentile == pytest.approx(100 * (1 - 0.5 * np.exp(-9)), abs=0.005)
    assert judged.percentile(9 * DECLINE, 1000) == pytest.approx(99.9)


def test_percentile_in_an_empty_library_is_not_known() -> None:
    assert Background(np.empty(0, np.float32), 0, USUAL).percentile(0.5, 1) is None


def test_hits_have_percentiles_of_the_library_that_a_filter_does_not_change(bench: Bench, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    files = paint_many(photos, 20) + paint_many(photos / "sub", 20, 20)
    bench.run(photos)

    hits = bench.search(files[25], top_k=40)
    inside = bench.search(files[25], filters=Filters((photos / "sub",)))

    assert [hit.percentile for hit in hits] == pytest.approx([100 * (40 - hit.rank) / 40 for hit in hits])
    everywhere = {hit.path: hit.percentile for hit in hits}
    assert len(inside) == 20
    assert {hit.path: hit.percentile for hit in inside} == {hit.path: everywhere[hit.path] for hit in inside}


def test_photos_are_not_close_to_a_query_if_the_library_is_full_of_such(bench: Bench, tmp_path: Path) -> None:
    photos = tmp_path / "photos"
    files = paint_many(photos, 2 * FEW)
    with Image.open(paint(tmp_path / "common.png", 1000)) as common:
        for file in files:
            with Image.open(file) as picture:
                Image.blend(picture, common, 0.7).save(file)
    bench.run(photos)

    (_, *others) = bench.search(files[0], top_k=2 * FEW)

    assert sum(hit.score >= ONE_PART.close for hit in others) > FEW
    assert {hit.label for hit in others} <= {Label.SIMILAR, Label.WEAK}


def test_the_sample_is_read_again_only_after_the_catalog_has_changed(tmp_path: Path) -> None:
    with (
        closing(Database(tmp_path / "catalog.sqlite")) as written,
        closing(Database(tmp_path / "catalog.sqlite")) as db,
    ):
        catalog = Catalog(written)
        root = catalog.add_root(FOLDER)
        save(catalog, root, {"a.jpg": 1})
        sample = LibrarySample()
        first, again = (sample.read(Embeddings(db, MODEL)) for _ in range(2))
        save(catalog, root, {"b.jpg": 2})
        later = sample.read(Embeddings(db, MODEL))
        of_other_model = sample.read(Embeddings(db, OTHER_MODEL))

    assert again is first
    assert [len(each.embeddings) for each in (first, later, of_other_model)] == [1, 2, 0]
    assert [each.population for each in (first, later, of_other_model)] == [1, 2, 0]
