from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import UnreadableError
from core.images.embedded_preview import (
    HEAD,
    HEIC_MIN_BYTES,
    PREVIEW_MIN_BYTES,
    SMALLEST_SIDE,
    is_worth_previewing,
    read_preview,
)
from core.images.model_input import InputSpec, Resample
from core.images.reader import read_photo
from core.types import PhotoFile
from tests.helpers.pictures.camera import make_preview, save_photo
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, YELLOW, corners, encoded, exif, quarters
from tests.helpers.pictures.heif_files import heic, save_heic

if TYPE_CHECKING:
    from core.images.reader import ReadPhoto

SPEC = InputSpec(64, 64, 0, Resample.BILINEAR, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))

LARGE_SPEC = replace(SPEC, height=256, width=256)


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


def test_preview_of_a_heic_photo_is_used(tmp_path: Path) -> None:
    file = save_heic(tmp_path / "a.heic", quarters(800, 600))
    preview, whole = read_preview(file, SPEC), read_photo(file, SPEC, lambda _: None)
    assert_close(corner_colours(preview), [RED, GREEN, BLUE, YELLOW])
    assert_close(corner_colours(preview), corner_colours(whole))
    assert preview
    assert (preview.details.width, preview.details.height, preview.details.is_provisional) == (800, 600, True)
    assert preview.details.content != whole.details.content


def test_small_preview_of_a_heic_photo_is_used(tmp_path: Path) -> None:
    file = tmp_path / "a.heic"
    for side, is_used in ((SMALLEST_SIDE, True), (SMALLEST_SIDE - 2, False)):
        file.write_bytes(heic(quarters(800, 600), [side]))
        assert (read_preview(file, LARGE_SPEC) is not None) is is_used


def test_preview_has_the_date_of_the_photo(tmp_path: Path) -> None:
    taken = "2024:05:06 07:08:09"
    file = tmp_path / "a.heic"
    file.write_bytes(heic(quarters(800, 600), exif=exif(taken=taken)))
    for photo in (file, save_photo(tmp_path / "a.jpg", quarters(800, 600), taken=taken)):
        preview, whole = read_preview(photo, SPEC), read_photo(photo, SPEC, lambda _: None)
        assert preview
        assert preview.details.metadata == whole.details.metadata
        assert whole.details.metadata.taken_at == 1714979289


@pytest.mark.parametrize(
    ("name", "smallest"),
    [
        ("a.jpg", PREVIEW_MIN_BYTES),
        ("a.JPEG", PREVIEW_MIN_BYTES),
        ("a.heic", HEIC_MIN_BYTES),
        ("a.HIF", HEIC_MIN_BYTES),
    ],
)
def test_only_large_photos_are_worth_previewing(name: str, smallest: int) -> None:
    assert is_worth_previewing(PhotoFile(Path(name), smallest, 0))
    assert not is_worth_previewing(PhotoFile(Path(name), smallest - 1, 0))
    assert not is_worth_previewing(PhotoFile(Path("a.png"), smallest, 0))


def test_content_decides_which_kind_of_preview_is_read(tmp_path: Path) -> None:
    save_heic(tmp_path / "a.jpg", quarters(800, 600))
    save_photo(tmp_path / "b.heic", quarters(800, 600))
    for file in tmp_path.iterdir():
        assert_close(corner_colours(read_preview(file, SPEC)), [RED, GREEN, BLUE, YELLOW])


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
