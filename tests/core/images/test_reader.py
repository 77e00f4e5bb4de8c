from __future__ import annotations

import os
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError, UnreadableError
from core.images.decoder import fit
from core.images.model_input import InputSpec, Resample
from core.images.reader import MAX_BYTES, content_key, read_bytes, read_photo, shortest_side
from core.types import Metadata, PhotoDetails
from tests.helpers.pictures.drawn import encoded, exif, noise, quarters

if TYPE_CHECKING:
    from pathlib import Path

SPEC = InputSpec(24, 32, 0, Resample.BICUBIC, (0.5, 0.5, 0.5), (0.5, 0.5, 0.5))


def unknown(_: bytes) -> None:
    return None


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo"
    path.write_bytes(encoded(quarters(), "PNG", exif=exif(6, "2020:01:02 03:04:05")))
    return path


def test_photo_is_read_as_input_for_the_model(photo: Path) -> None:
    read = read_photo(photo, SPEC, unknown)

    assert read.details == PhotoDetails(content_key(photo.read_bytes()), 48, 64, Metadata(1577934245, camera="Maker"))
    assert read.pixels is not None
    assert np.array_equal(read.pixels, fit(quarters().transpose(Image.Transpose.ROTATE_270), SPEC))


def test_missing_end_of_a_file_is_noted(tmp_path: Path) -> None:
    path = tmp_path / "cut.jpg"
    path.write_bytes(encoded(noise(1), "JPEG")[:-2])

    assert read_photo(path, SPEC, unknown).details.is_incomplete


def test_known_content_is_not_decoded(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"this could not be decoded")
    known = PhotoDetails(content_key(b"this could not be decoded"), 7, 5)

    read = read_photo(path, SPEC, {known.content: known}.get)

    assert (read.details, read.pixels) == (known, None)


def test_content_key_depends_only_on_the_bytes() -> None:
    keys = {content_key(encoded(noise(seed))) for seed in (1, 2, 1)}

    assert len(keys) == 2
    assert {len(key) for key in keys} == {16}


def test_missing_photo_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match="could not be read: No such file"):
        read_photo(tmp_path / "gone.jpg", SPEC, unknown)


def test_folder_in_place_of_a_photo_is_unreadable(tmp_path: Path) -> None:
    with pytest.raises(UnreadableError, match=r"directory|denied"):
        read_bytes(tmp_path)


@pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="this user can read every file")
def test_photo_without_read_permission_is_unreadable(photo: Path) -> None:
    photo.chmod(0)

    with pytest.raises(UnreadableError, match="Permission denied"):
        read_photo(photo, SPEC, unknown)


def test_file_above_the_size_limit_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "film.jpg"
    with path.open("wb") as file:
        file.truncate(MAX_BYTES + 1)  # sparse, so it takes no disk space

    with pytest.raises(DecodeError, match=r"too large\. The limit is 1 GB"):
        read_bytes(path)


def test_broken_photo_is_a_permanent_error(tmp_path: Path) -> None:
    path = tmp_path / "a.jpg"
    path.write_bytes(b"text")

    with pytest.raises(DecodeError) as error:
        read_photo(path, SPEC, unknown)

    assert not isinstance(error.value, UnreadableError)


@pytest.mark.parametrize(("height", "width", "resize_to", "side"), [(24, 32, 0, 32), (32, 24, 0, 32), (24, 24, 40, 40)])
def test_shortest_side_is_the_greatest_of_height_width_and_resize(
    height: int, width: int, resize_to: int, side: int
) -> None:
    spec = InputSpec(height, width, resize_to, Resample.BICUBIC, SPEC.mean, SPEC.std)

    assert shortest_side(spec) == side
