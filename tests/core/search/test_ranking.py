"""Scores as users see them beside their labels."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.models.embedder import Parts
from core.search.balance import ONE_PART, Balance, ScoreLevels
from core.search.ranking import label
from core.types import Hit, Photo


def hit(score: float, levels: ScoreLevels = ONE_PART, *, identical: bool = False) -> Hit:
    return Hit(1, Photo(Path("a.jpg")), score, label(score, levels, identical=identical))


@pytest.mark.parametrize("digits", [2, 3])
@pytest.mark.parametrize(
    "levels", [ONE_PART, *(Balance(Parts(2, 0.9), share).levels for share in (0.0, 0.3, 0.9, 1.0))]
)
def test_scores_with_different_labels_are_shown_differently(levels: ScoreLevels, digits: int) -> None:
    for limit in (levels.near_duplicate, levels.close, levels.similar):
        at_limit, below = hit(limit, levels), hit(math.nextafter(limit, 0), levels)
        assert at_limit.label is not below.label
        assert at_limit.score_to(digits) == limit
        assert below.score_to(digits) == pytest.approx(limit - 10**-digits)


def test_only_an_identical_photo_is_shown_with_the_full_score() -> None:
    assert hit(1.0, identical=True).score_to(2) == 1.0
    assert hit(1.0).score_to(2) == 0.99
    assert hit(0.9961).score_to(3) == 0.996


def test_negative_scores_are_rounded_down_as_well() -> None:
    assert hit(-0.001).score_to(2) == -0.01
