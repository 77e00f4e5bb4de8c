from __future__ import annotations

import io

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from core.images.model_input import InputSpec, Resample
from core.images.query import make_query, part
from core.types import Box

SIDE = 64
SPEC = InputSpec(SIDE, SIDE, 0, Resample.BICUBIC, (0.5,) * 3, (0.5,) * 3)


def test_part_of_a_large_photo_is_as_sharp_as_a_complete_one() -> None:
    squares = np.random.default_rng(1).integers(0, 256, (512, 512, 3), dtype=np.uint8)
    photo = Image.fromarray(squares).resize((2048, 2048), Image.Resampling.NEAREST)
    data = io.BytesIO()
    photo.save(data, "JPEG", quality=95, subsampling=0)
    view = make_query(data.getvalue(), SPEC, all_views=False, crop=Box(0.25, 0.5, 1 / 16, 1 / 16)).views[0]
    expected = photo.crop((512, 1024, 640, 1152)).resize((SIDE, SIDE), Image.Resampling.BICUBIC)
    assert np.abs(view.astype(int) - np.asarray(expected).astype(int)).mean() < 4


@pytest.mark.parametrize(("clockwise", "corner"), [(0, (0, 0)), (90, (0, -1)), (180, (-1, -1)), (270, (-1, 0))])
def test_picture_is_turned_clockwise(clockwise: int, corner: tuple[int, int]) -> None:
    picture = Image.new("RGB", (SIDE, SIDE))
    picture.paste((255, 255, 255), (0, 0, SIDE // 4, SIDE // 4))
    data = io.BytesIO()
    picture.save(data, "PNG")
    (view,) = make_query(data.getvalue(), SPEC, all_views=False, clockwise=clockwise).views
    white = [place for place in ((0, 0), (0, -1), (-1, -1), (-1, 0)) if view[place].min() > 200]
    assert white == [corner]


@given(
    st.tuples(st.integers(1, 300), st.integers(1, 300)),
    st.tuples(*[st.floats(0, 0.999)] * 2),
    st.tuples(*[st.floats(1e-6, 1)] * 2),
)
def test_every_part_has_at_least_one_pixel_and_lies_in_the_picture(
    size: tuple[int, int], corner: tuple[float, float], lengths: tuple[float, float]
) -> None:
    box = Box(*corner, *(min(length, 1 - start) for start, length in zip(corner, lengths, strict=True)))
    cut = part(Image.new("RGB", size), box)
    assert 1 <= cut.width <= size[0]
    assert 1 <= cut.height <= size[1]
