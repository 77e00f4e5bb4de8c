from __future__ import annotations

import io
import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PIL import Image

from core.errors import DecodeError
from core.images import thumbnail
from core.images.decoder import decode
from core.images.photo_cache import state_of
from core.images.reader import read_bytes
from core.images.thumbnail import (
    STORED_SIDE,
    ThumbnailCache,
    ThumbnailFiles,
    make_thumbnail,
    stored_thumbnail,
)
from tests.helpers.pictures.drawn import BLUE, GREEN, RED, corners, encoded, exif, quarters
from tests.helpers.pictures.heif_files import heic, thumbnail_of, with_thumbnail

if TYPE_CHECKING:
    from core.images.rendering import Decoded

FULL_DISK = Path("/dev/full")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "photo.png"
    path.write_bytes(encoded(Image.new("RGB", (300, 200), RED)))
    return path


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "library" / "thumbnails"


def opened(data: bytes) -> Image.Image:
    image = Image.open(io.BytesIO(data))
    assert image.format == "JPEG"
    return image.convert("RGB")


def cached(folder: Path) -> ThumbnailCache:
    """Return a cache that makes its thumbnails in this process."""

    def make(picture: Path | bytes, side: int) -> bytes:
        return make_thumbnail(picture if isinstance(picture, bytes) else read_bytes(picture), side)

    return ThumbnailCache(ThumbnailFiles(folder), make)


def files(folder: Path) -> list[Path]:
    return [path for path in folder.rglob("*") if path.is_file()]


@pytest.mark.parametrize("name", ["JPEG", "PNG", "HEIF", "GIF"])
@pytest.mark.parametrize("size", [(600, 400), (400, 600), (3000, 10), (10, 3000), (500, 500)])
def test_thumbnail_fits_into_its_square(name: str, size: tuple[int, int]) -> None:
    image = opened(make_thumbnail(encoded(quarters(*size), name), 128))

    assert max(image.size) == 128
    assert min(image.size) == pytest.approx(max(1, 128 * min(size) / max(size)), abs=1)


@pytest.mark.parametrize("size", [(1200, 800), (800, 1200), (2400, 200)])
def test_a_jpeg_is_decoded_no_larger_than_its_thumbnail_needs(
    size: tuple[int, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    decoded = []

    def note(data: bytes, side: int) -> Decoded:
        picture = decode(data, side)
        decoded.append(picture.image.size)
        return picture

    monkeypatch.setattr(thumbnail, "decode", note)
    image = opened(make_thumbnail(encoded(quarters(*size), "JPEG"), max(size) // 2))

    assert decoded == [image.size] == [(size[0] // 2, size[1] // 2)]


def test_small_photo_is_not_enlarged() -> None:
    assert opened(make_thumbnail(encoded(quarters(20, 10)), 128)).size == (20, 10)


def test_thumbnail_is_upright() -> None:
    data = encoded(quarters(300, 200), "JPEG", exif=exif(6))

    image = opened(make_thumbnail(data, 96))

    assert image.size == (64, 96)
    assert np.allclose(corners(image)[:2], [BLUE, RED], atol=25)


@pytest.mark.parametrize(("side", "shown"), [(192, GREEN), (320, GREEN), (400, GREEN), (401, RED)])
def test_thumbnail_of_a_heic_photo_is_made_from_an_embedded_preview_that_is_nearly_large_enough(
    side: int, shown: tuple[int, int, int]
) -> None:
    photo, preview = (heic(Image.new("RGB", (800, 600), colour)) for colour in (RED, GREEN))
    data = with_thumbnail(photo, thumbnail_of(preview))

    image = opened(make_thumbnail(data, side))

    assert max(image.size) == side
    assert np.allclose(corners(image), shown, atol=12)


def test_damaged_preview_of_a_heic_photo_is_not_shown() -> None:
    data = with_thumbnail(heic(Image.new("RGB", (800, 600), RED)), bytes(300))

    assert np.allclose(corners(opened(make_thumbnail(data, 192))), RED, atol=12)


def test_unreadable_photo_is_an_error_and_leaves_no_thumbnail(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("text")

    for name in ("text.jpg", "gone.jpg"):
        with pytest.raises(DecodeError):
            cached(folder).get(tmp_path / name, 96)
    assert not folder.exists() or files(folder) == []


def test_thumbnail_is_stored_on_disk_and_reused(photo: Path, folder: Path) -> None:
    first = cached(folder).get(photo, 96)
    (stored,) = files(folder)
    assert opened(stored.read_bytes()).width == 96
    stored.write_bytes(stored.read_bytes().replace(first, b"taken from the disk"))

    assert cached(folder).get(photo, 96) == b"taken from the disk"


def test_missing_photo_has_its_latest_thumbnail(photo: Path, folder: Path) -> None:
    cache = cached(folder)
    cache.get(photo, 96)
    photo.write_bytes(encoded(Image.new("RGB", (310, 200), GREEN)))
    last = cache.get(photo, 96)
    photo.unlink()

    assert cached(folder).get(photo, 96) == last
    assert np.allclose(corners(opened(last))[0], GREEN, atol=12)
    assert opened(cache.get(photo, 48)).width == 48
    assert cache.get(photo, 512) == last


def test_missing_photo_without_a_stored_thumbnail_is_an_error(photo: Path, folder: Path) -> None:
    photo.unlink()
    with pytest.raises(DecodeError):
        cached(folder).get(photo, 48)


@pytest.mark.parametrize("size", [(500, 400), (383, 500), (256, 20), (90, 60), (5000, 2)])
def test_stored_thumbnail_is_used_only_for_smaller_sizes(photo: Path, folder: Path, size: tuple[int, int]) -> None:
    photo.write_bytes(encoded(Image.new("RGB", (900, 600), RED)))
    stored = stored_thumbnail(Image.new("RGB", size, GREEN), state_of(photo))
    assert stored.side == max(opened(stored.data).size)
    assert min(STORED_SIDE, max(size)) <= stored.side < 2 * STORED_SIDE
    ThumbnailFiles(folder).write(photo, stored)

    smaller, larger = opened(cached(folder).get(photo, 48)), opened(cached(folder).get(photo, 700))

    assert np.allclose(corners(smaller)[0], GREEN, atol=12)
    assert max(smaller.size) == 48
    assert np.allclose(corners(larger)[0], RED, atol=12)
    assert max(larger.size) == 700


def test_forgetting_a_photo_deletes_only_its_thumbnail(photo: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(photo.read_bytes())
    for path in (photo, other):
        cached(folder).get(path, 96)
    files = ThumbnailFiles(folder)

    files.forget([photo, tmp_path / "missing.png"])

    assert files.read(photo) is None
    assert files.read(other) is not None


@pytest.mark.parametrize("content", [b"", b"half a thumbn"])
def test_incomplete_thumbnail_file_is_not_used(photo: Path, folder: Path, content: bytes) -> None:
    cache = cached(folder)
    first = cache.get(photo, 96)
    (stored,) = files(folder)
    stored.write_bytes(content)

    assert cache.get(photo, 96) == first
    stored.write_bytes(content)
    photo.unlink()
    with pytest.raises(DecodeError):
        cache.get(photo, 96)


def test_photo_with_a_new_size_but_the_old_time_gets_a_new_thumbnail(photo: Path, folder: Path) -> None:
    cache = cached(folder)
    cache.get(photo, 96)
    status = photo.stat()
    photo.write_bytes(encoded(Image.new("RGB", (310, 200), GREEN)))
    os.utime(photo, ns=(status.st_atime_ns, status.st_mtime_ns))

    assert photo.stat().st_size != status.st_size
    assert np.allclose(corners(opened(cache.get(photo, 96)))[0], GREEN, atol=12)
    assert len(files(folder)) == 1


def test_photo_with_a_new_time_gets_a_new_thumbnail(photo: Path, folder: Path) -> None:
    cache = cached(folder)
    cache.get(photo, 96)
    time = photo.stat().st_mtime_ns
    photo.write_bytes(encoded(Image.new("RGB", (300, 200), GREEN)))
    os.utime(photo, ns=(time, time + 1_000_000))

    assert np.allclose(corners(opened(cache.get(photo, 96)))[0], GREEN, atol=12)


def test_larger_thumbnail_replaces_a_smaller_one(photo: Path, folder: Path) -> None:
    cache = cached(folder)
    assert opened(cache.get(photo, 96)).width == 96
    assert opened(cache.get(photo, 200)).width == 200
    assert opened(cache.get(photo, 96)).width == 96
    assert (stored := ThumbnailFiles(folder).read(photo)) is not None
    assert stored.side == 200


@pytest.mark.parametrize(("stored", "wanted", "shown"), [(200, 96, 200), (96, 96, 96), (96, 200, 200)])
def test_larger_stored_thumbnail_is_as_good_as_one_of_a_certain_size(
    photo: Path, folder: Path, stored: int, wanted: int, shown: int
) -> None:
    cache = cached(folder)
    cache.get(photo, stored)
    assert opened(cache.at_least(photo, wanted)).width == shown


def test_larger_stored_thumbnail_of_a_photo_that_has_changed_is_not_used(photo: Path, folder: Path) -> None:
    cache = cached(folder)
    cache.get(photo, 200)
    photo.write_bytes(encoded(Image.new("RGB", (310, 200), GREEN)))

    assert np.allclose(corners(opened(cache.at_least(photo, 96)))[0], GREEN, atol=12)


def test_each_size_and_each_photo_has_its_own_thumbnail(photo: Path, folder: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.png"
    other.write_bytes(encoded(Image.new("RGB", (300, 200), GREEN)))
    os.utime(other, ns=(1, photo.stat().st_mtime_ns))
    cache = cached(folder)

    assert opened(cache.get(photo, 96)).width == 96
    assert opened(cache.get(photo, 48)).width == 48
    assert np.allclose(corners(opened(cache.get(other, 96)))[0], GREEN, atol=12)


def test_thumbnail_is_returned_even_if_it_cannot_be_stored(photo: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("where a folder should be")

    data = cached(tmp_path / "file" / "thumbnails").get(photo, 96)

    assert opened(data).width == 96


@pytest.mark.skipif(not FULL_DISK.exists(), reason="this system has no /dev/full")
def test_full_disk_leaves_no_incomplete_thumbnail(photo: Path, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def on_full_disk(handle: int, mode: str) -> io.BufferedWriter:
        os.close(handle)
        return FULL_DISK.open("wb")

    monkeypatch.setattr("core.images.photo_cache.os.fdopen", on_full_disk)

    data = cached(folder).get(photo, 96)

    assert opened(data).width == 96
    assert files(folder) == []


def test_photo_with_an_unusual_name_has_a_thumbnail(folder: Path, tmp_path: Path) -> None:
    path = tmp_path / "na\nme\U0001f3d6.png"
    path.write_bytes(encoded(quarters()))

    assert opened(cached(folder).get(path, 32)).width == 32


def test_several_threads_can_use_the_cache_at_once(photo: Path, folder: Path) -> None:
    cache = cached(folder)

    with ThreadPoolExecutor(8) as pool:
        answers = set(pool.map(lambda _: cache.get(photo, 96), range(32)))

    assert len(answers) == 1
    assert len(files(folder)) == 1
