"""The orders in which hits can be shown."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.types import Hit, Label, Metadata, Order, Photo

HITS = [
    Hit(1, Photo(Path("/a/Zoo.jpg"), size=5, metadata=Metadata(100)), 0.9, Label.CLOSE),
    Hit(2, Photo(Path("/z/ape.jpg")), 0.8, Label.CLOSE),
    Hit(3, Photo(Path("/b/Bee.jpg"), size=9, metadata=Metadata(-50)), 0.7, Label.WEAK),
    Hit(4, Photo(Path("/c/bee.jpg"), size=5, metadata=Metadata(100)), 0.6, Label.WEAK),
]


@pytest.mark.parametrize(
    ("order", "ranks"),
    [
        (Order.LIKENESS, [1, 2, 3, 4]),
        (Order.DATE, [1, 4, 3, 2]),
        (Order.NAME, [2, 3, 4, 1]),
        (Order.SIZE, [3, 1, 4, 2]),
    ],
)
def test_hits_are_sorted_and_equal_ones_keep_their_order(order: Order, ranks: list[int]) -> None:
    assert [hit.rank for hit in order.of(reversed(HITS))] == ranks
