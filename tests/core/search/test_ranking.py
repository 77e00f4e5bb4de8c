"""Scores as users see them beside their labels."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from core.search.ranking import LABELS, label
from core.types import Hit, Photo


def hit(score: float, *, identical: bool = False) -> Hit:
    return Hit(1, Photo(Path("a.jpg")), score, label(score, identical=identical))


@pytest.mark.parametrize("digits", [2, 3])
@pytest.mark.parametrize("limit", [limit for limit, _ in LABELS])
def test_scores_with_different_labels_are_shown_differently(limit: float, digits: int) -> None:
    at_limit, below = hit(limit), hit(math.nextafter(limit, 0))
    assert at_limit.label is not below.label
    assert at_limit.score_to(digits) == limit
    assert below.score_to(digits) == pytest.approx(limit - 10**-digits)


def test_only_an_identical_photo_is_shown_with_the_full_score() -> None:
    assert hit(1.0, identical=True).score_to(2) == 1.0
    assert hit(1.0).score_to(2) == 0.99
    assert hit(0.9961).score_to(3) == 0.996


def test_negative_scores_are_rounded_down_as_well() -> None:
    assert hit(-0.001).score_to(2) == -0.01
