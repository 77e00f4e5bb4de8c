from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from core.images.decoder import fit
from core.images.model_input import InputSpec, Resample
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, noise, quarters

FILTERS = {
    Resample.BILINEAR: Image.Resampling.BILINEAR,
    Resample.BICUBIC: Image.Resampling.BICUBIC,
    Resample.LANCZOS: Image.Resampling.LANCZOS,
}


def spec(height: int, width: int, resize_to: int = 0, resample: Resample = Resample.BICUBIC) -> InputSpec:
    return InputSpec(height, width, resize_to, resample, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


@pytest.mark.parametrize("resample", Resample)
def test_picture_is_stretched_to_the_input_size_without_cropping(resample: Resample) -> None:
    image = noise(1, 90, 50)

    pixels = fit(image, spec(24, 32, resample=resample))

    assert pixels.shape == (24, 32, 3)
    assert pixels.dtype == np.uint8
    assert np.array_equal(pixels, np.asarray(image.resize((32, 24), FILTERS[resample])))


@settings(max_examples=60, deadline=None)
@given(
    size=st.tuples(st.integers(1, 300), st.integers(1, 300)),
    target=st.tuples(st.integers(8, 48), st.integers(8, 48)),
    more=st.integers(0, 16),
    resample=st.sampled_from(Resample),
)
def test_centre_is_cropped_from_the_resized_picture(
    size: tuple[int, int], target: tuple[int, int], more: int, resample: Resample
) -> None:
    image = noise(2, *size)
    height, width = target
    resize_to = max(target) + more
    scale = resize_to / min(size)
    resized = image.resize((round(size[0] * scale), round(size[1] * scale)), FILTERS[resample])
    left, top = (resized.width - width) // 2, (resized.height - height) // 2
    expected = np.asarray(resized.crop((left, top, left + width, top + height))).astype(int)

    pixels = fit(image, spec(height, width, resize_to, resample)).astype(int)

    assert pixels.shape == (height, width, 3)
    # Both resize in two passes and round in between, at different places, so some pixels differ slightly.
    assert np.abs(pixels - expected).mean() <= 0.6
    assert np.abs(pixels - expected).max() <= 24


def test_extreme_panorama_keeps_its_centre() -> None:
    image = Image.new("RGB", (100_000, 2), RED)
    image.paste(GREEN, (49_950, 0, 50_050, 2))

    pixels = fit(image, spec(224, 224, 256))

    assert pixels.shape == (224, 224, 3)
    assert np.array_equal(pixels[112, 112], GREEN)


@pytest.mark.parametrize("resize_to", [0, 40])
@pytest.mark.parametrize("size", [(1, 1), (1, 5000), (5000, 1)])
def test_very_thin_pictures_fit(size: tuple[int, int], resize_to: int) -> None:
    pixels = fit(Image.new("RGB", size, RED), spec(32, 32, resize_to))

    assert np.array_equal(np.unique(pixels.reshape(-1, 3), axis=0), [RED])


def test_picture_of_the_right_size_is_unchanged() -> None:
    image = noise(3, 32, 24)

    assert np.array_equal(fit(image, spec(24, 32)), np.asarray(image))


def test_parts_of_the_picture_keep_their_positions() -> None:
    pixels = fit(quarters(300, 200), spec(20, 20, 24))

    seen = [tuple(int(value) for value in pixels[row, column]) for row in (2, 17) for column in (2, 17)]
    assert seen == [RED, GREEN, BLUE, YELLOW]
