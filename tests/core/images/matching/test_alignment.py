from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from core.images.matching.alignment import align, one_to_one
from core.images.matching.local_features import LocalFeatures
from tests.helpers.checkout import SAMPLES

PLACE = next(iter(sorted((SAMPLES / "places").iterdir())))
FLOWERS = next(iter(sorted((SAMPLES / "flowers").iterdir())))


def photo() -> Image.Image:
    with Image.open(PLACE) as image:
        return image.convert("RGB").resize((320, 240))


def rows(*angles: float) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """Return vectors of unit norm at angles in degrees."""
    return np.array([(np.cos(angle), np.sin(angle)) for angle in np.radians(angles)], np.float32)


def test_descriptors_match_the_closest_one_of_the_photo() -> None:
    query, photo = one_to_one(rows(0, 90, 200), rows(91, 202, 1))

    assert sorted(zip(query.tolist(), photo.tolist(), strict=True)) == [(0, 2), (1, 0), (2, 1)]


def test_only_the_closest_of_several_descriptors_matches_the_same_one() -> None:
    query, photo = one_to_one(rows(5, 1, 3), rows(0, 180))

    assert (query.tolist(), photo.tolist()) == ([1], [0])


def test_descriptor_between_two_similar_ones_matches_neither() -> None:
    query, _ = one_to_one(rows(0), rows(10, -11))

    assert not len(query)


@pytest.mark.parametrize(("in_query", "in_photo"), [(0, 3), (3, 0), (3, 1)])
def test_too_few_descriptors_do_not_match(in_query: int, in_photo: int) -> None:
    query, photo = one_to_one(rows(*range(in_query)), rows(*range(in_photo)))

    assert len(query) == len(photo) == 0


@pytest.mark.parametrize(("turn", "scale"), [(0, 1.0), (90, 1.0), (-30, 0.8), (180, 0.6), (12, 1.2)])
def test_turn_and_scale_of_a_picture_are_found(turn: int, scale: float) -> None:
    size = (round(320 * scale), round(240 * scale))
    changed = photo().resize(size).rotate(-turn, Image.Resampling.BICUBIC, expand=True)
    canvas = Image.new("RGB", (320, 320))
    canvas.paste(changed)

    alignment = align(LocalFeatures.of(photo()), LocalFeatures.of(canvas))

    assert alignment
    assert alignment.inliers >= 30
    assert (alignment.turn - turn + 180) % 360 - 180 == pytest.approx(0, abs=1)
    assert alignment.scale == pytest.approx(scale, abs=0.02)
    assert alignment.error < 1


def test_pictures_without_a_common_scene_hardly_agree() -> None:
    with Image.open(FLOWERS) as image:
        other = LocalFeatures.of(image.convert("RGB"))

    alignment = align(LocalFeatures.of(photo()), other)

    assert alignment is None or alignment.inliers < 8


def test_blank_picture_aligns_with_nothing() -> None:
    blank = LocalFeatures.of(Image.new("RGB", (320, 240)))

    assert align(blank, LocalFeatures.of(photo())) is None
    assert align(LocalFeatures.of(photo()), blank) is None
