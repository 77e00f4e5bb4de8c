"""Which decoded pictures are kept."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtGui import QImage

from desktop.preview.picture_cache import PictureCache, PictureRequest

ONE, TWO, THREE = (Path(name) for name in ("one.jpg", "two.jpg", "three.jpg"))
BYTES = 100 * 100 * 4


def picture(side: int = 100) -> QImage:
    image = QImage(side, side, QImage.Format.Format_RGB32)
    image.fill(0)
    return image


@pytest.fixture
def cache() -> PictureCache:
    """Return a cache for two pictures of 100 x 100 pixels."""
    return PictureCache(2 * BYTES)


def test_the_picture_that_was_not_used_for_longest_is_dropped_first(cache: PictureCache) -> None:
    requests = [PictureRequest(path, 100) for path in (ONE, TWO, THREE)]
    cache.put(requests[0], picture(), ())
    cache.put(requests[1], picture(), ())
    cache.best(requests[0])
    cache.put(requests[2], picture(), requests[2:])
    assert [cache.best(request) is not None for request in requests] == [True, False, True]


def test_what_is_wanted_at_the_same_time_is_kept_however_large(cache: PictureCache) -> None:
    wanted = [PictureRequest(path, 1000) for path in (ONE, TWO)]
    for request in wanted:
        cache.put(request, picture(1000), wanted)
    assert all(cache.satisfies(request) for request in wanted)


def test_the_smallest_picture_that_is_large_enough_is_best(cache: PictureCache) -> None:
    for side in (20, 80, 40):
        cache.put(PictureRequest(ONE, side), picture(side), ())
    found = [cache.best(PictureRequest(ONE, side)) for side in (10, 20, 30, 80, 500)]
    assert [image.width() for image in found if image] == [20, 20, 40, 80, 80]
    assert cache.best(PictureRequest(TWO, 10)) is None


def test_a_picture_is_not_requested_larger_than_its_file_has_it(cache: PictureCache) -> None:
    cache.put(PictureRequest(ONE, 80), picture(80), ())
    assert cache.satisfies(PictureRequest(ONE, 60))
    assert not cache.satisfies(PictureRequest(ONE, 81))
    cache.put(PictureRequest(ONE, 90), picture(85), ())
    assert cache.satisfies(PictureRequest(ONE, 8000))
    assert not cache.satisfies(PictureRequest(TWO, 60))
