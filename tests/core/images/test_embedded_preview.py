from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.images.embedded_preview import HEAD, PREVIEW_MIN_BYTES, read_preview
from core.images.model_input import InputSpec, Resample
from core.images.reader import UnreadableError, read_photo
from tests.helpers.pictures.camera import make_preview, save_photo
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, corners, encoded, quarters

if TYPE_CHECKING:
    from pathlib import Path

    from core.images.reader import ReadPhoto

SPEC = InputSpec(64, 64, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def corner_colours(photo: ReadPhoto | None) -> list[tuple[int, ...]]:
    assert photo
    assert photo.pixels is not None
    assert photo.pixels.shape == (64, 64, 3)
    return corners(Image.fromarray(photo.pixels))


def assert_close(colours: list[tuple[int, ...]], expected: list[tuple[int, ...]]) -> None:
    np.testing.assert_allclose(colours, expected, atol=14)


def test_preview_shows_the_photo(tmp_path: Path) -> None:
    photo = read_preview(save_photo(tmp_path / "a.jpg", quarters(800, 600), size=PREVIEW_MIN_BYTES), SPEC)
    assert_close(corner_colours(photo), [RED, GREEN, BLUE, YELLOW])
    assert photo
    assert (photo.details.width, photo.details.height, photo.details.is_provisional) == (800, 600, True)


@pytest.mark.parametrize("size", [(900, 600), (600, 900), (1600, 500)])
def test_black_bars_of_the_preview_are_cropped(tmp_path: Path, size: tuple[int, int]) -> None:
    file = save_photo(tmp_path / "a.jpg", quarters(*size), size=PREVIEW_MIN_BYTES)
    preview, whole = read_preview(file, SPEC), read_photo(file, SPEC, lambda _: None)
    assert preview
    assert preview.pixels is not None
    assert whole.pixels is not None
    assert np.abs(preview.pixels.astype(int) - whole.pixels).mean() < 8


@pytest.mark.parametrize("orientation", [1, 3, 6, 8])
def test_preview_is_upright_like_the_photo(tmp_path: Path, orientation: int) -> None:
    file = save_photo(tmp_path / "a.jpg", quarters(800, 600), orientation=orientation, size=PREVIEW_MIN_BYTES)
    preview, whole = read_preview(file, SPEC), read_photo(file, SPEC, lambda _: None)
    assert_close(corner_colours(preview), corner_colours(whole))
    assert preview
    assert (preview.details.width, preview.details.height) == (whole.details.width, whole.details.height)


def test_preview_of_a_small_file_is_not_used(tmp_path: Path) -> None:
    assert read_preview(save_photo(tmp_path / "a.jpg", quarters(800, 600), size=PREVIEW_MIN_BYTES - 1), SPEC) is None


@pytest.mark.parametrize(
    "preview",
    [
        b"",
        b"no picture",
        make_preview(quarters(800, 600))[:300],
        make_preview(quarters(800, 600), (60, 40)),
        b"\xff\xd8\xff",
    ],
)
def test_unusable_preview_is_ignored(tmp_path: Path, preview: bytes) -> None:
    assert (
        read_preview(save_photo(tmp_path / "a.jpg", quarters(800, 600), preview, size=PREVIEW_MIN_BYTES), SPEC) is None
    )


@pytest.mark.parametrize("name", ["PNG", "JPEG", "HEIF"])
def test_file_without_a_preview_has_none(tmp_path: Path, name: str) -> None:
    (tmp_path / "a").write_bytes(encoded(quarters(800, 600), name).ljust(PREVIEW_MIN_BYTES, b"\0"))
    assert read_preview(tmp_path / "a", SPEC) is None


def test_content_key_changes_with_every_change_of_the_file(tmp_path: Path) -> None:
    file = save_photo(tmp_path / "a.jpg", quarters(800, 600), size=PREVIEW_MIN_BYTES)
    first = read_preview(file, SPEC)
    os.utime(file, ns=(0, file.stat().st_mtime_ns + 1))
    second = read_preview(file, SPEC)
    assert first
    assert second
    assert first.details.content != second.details.content
    assert first.details.content != read_photo(file, SPEC, lambda _: None).details.content


def test_only_the_beginning_of_the_file_is_needed(tmp_path: Path) -> None:
    file = save_photo(tmp_path / "a.jpg", quarters(800, 600), size=PREVIEW_MIN_BYTES)
    file.write_bytes(file.read_bytes()[:HEAD].ljust(10 * PREVIEW_MIN_BYTES, b"\xaa"))
    assert read_preview(file, SPEC)


def test_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError):
        read_preview(tmp_path / "gone.jpg", SPEC)
