from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageOps

from core.images.matching.local_features import COUNT, SIDE, LocalFeatures
from tests.helpers.checkout import SAMPLES

PLACE = SAMPLES / "places" / "pavilion.jpg"


@pytest.fixture(scope="module")
def features() -> LocalFeatures:
    with Image.open(PLACE) as image:
        return LocalFeatures.of(image.convert("RGB"))


def test_stored_features_are_the_same_when_they_are_read(features: LocalFeatures) -> None:
    read = LocalFeatures.from_bytes(features.to_bytes())

    assert (read.width, read.height) == (features.width, features.height)
    np.testing.assert_array_equal(read.points, features.points)
    np.testing.assert_array_equal(read.descriptors, features.descriptors)
    np.testing.assert_array_equal(read.colours, features.colours)


def test_features_lie_inside_the_shrunken_picture_and_have_descriptors_of_unit_norm(features: LocalFeatures) -> None:
    assert max(features.width, features.height) == SIDE
    assert 100 < len(features.points) <= COUNT
    assert features.points.min() >= 0
    assert (features.points <= (features.width, features.height)).all()
    np.testing.assert_allclose(np.linalg.norm(features.descriptors, axis=1), 1, atol=1e-5)


def test_features_of_the_mirror_image_are_the_same_as_those_found_in_it() -> None:
    with Image.open(PLACE) as image:
        small = image.convert("RGB")
        small.thumbnail((SIDE, SIDE))
    mirrored, found = LocalFeatures.of(small).mirrored(), LocalFeatures.of(ImageOps.mirror(small))

    distances = np.linalg.norm(mirrored.points[:, np.newaxis] - found.points, axis=2)
    similarities = np.where(distances < 0.5, mirrored.descriptors @ found.descriptors.T, 0)

    assert np.median(similarities.max(axis=1)) > 0.99
    assert (similarities.max(axis=1) > 0.95).mean() > 0.9
    np.testing.assert_allclose(mirrored.colours, found.colours, atol=10)  # shrinking is not symmetrical


def test_most_detailed_picture_has_no_more_features_than_are_kept() -> None:
    patches = Image.fromarray(np.random.default_rng(1).integers(0, 256, (SIDE // 4, SIDE // 4, 3), np.uint8))

    assert len(LocalFeatures.of(patches.resize((SIDE, SIDE))).points) == COUNT


@pytest.mark.parametrize("size", [(1, 1), (3, 400), (320, 240)])
def test_picture_of_one_colour_has_no_features(size: tuple[int, int]) -> None:
    features = LocalFeatures.of(Image.new("RGB", size, "teal"))

    assert LocalFeatures.from_bytes(features.to_bytes()).descriptors.shape == (0, 128)
    assert features.points.shape == (0, 2)


def test_incomplete_features_are_an_error(features: LocalFeatures) -> None:
    data = features.to_bytes()
    for damaged in (b"", data[:5], data[:-1], data + b"\0", b"LF00" + data[4:]):
        with pytest.raises(ValueError, match="local features"):
            LocalFeatures.from_bytes(damaged)


@given(st.binary(max_size=400))
def test_bytes_that_are_no_features_are_an_error(data: bytes) -> None:
    with pytest.raises(ValueError, match="local features"):
        LocalFeatures.from_bytes(b"LF01" + data if len(data) % 2 else data)
