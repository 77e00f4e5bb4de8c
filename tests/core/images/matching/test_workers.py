from __future__ import annotations

import multiprocessing
import shutil
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.errors import DecodeError
from core.images.matching.workers import MatchingWorkers
from core.images.photo_cache import Kind, PhotoCache, state_of
from core.images.thumbnail import ThumbnailFiles
from core.search_request import QueryPicture
from core.types import Box, Edit, MatchKind
from tests.helpers.checkout import SAMPLES

if TYPE_CHECKING:
    from collections.abc import Iterator

    from core.images.matching.comparison import Comparison


@pytest.fixture
def workers(tmp_path: Path) -> Iterator[MatchingWorkers]:
    workers = MatchingWorkers(tmp_path / "thumbnails")
    yield workers
    workers.close()
    assert not [child for child in multiprocessing.active_children() if child.name == "semblance-matching"]


@pytest.fixture
def cache(tmp_path: Path) -> PhotoCache:
    return PhotoCache(tmp_path / "thumbnails")


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "animals" / "raccoon.jpg", tmp_path / "photo.jpg"))


@pytest.fixture
def other(tmp_path: Path) -> Path:
    return Path(shutil.copy(SAMPLES / "flowers" / "dahlia.jpg", tmp_path / "other.jpg"))


def compared(workers: MatchingWorkers, query: Path, photo: Path) -> Comparison:
    return workers.compare(workers.query(QueryPicture(query)), photo, tries_mirrored=False)


def test_features_of_a_photo_are_found_once(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = workers.of_photo(photo)
    stored = cache.read(photo, Kind.FEATURES)
    assert stored
    assert found.to_bytes() == stored[0]
    assert workers.compare(found, photo, tries_mirrored=False).shared

    monkeypatch.setattr(ThumbnailFiles, "read", lambda *_: pytest.fail("the thumbnail is not needed"))
    assert workers.of_photo(photo).to_bytes() == stored[0]


def test_damaged_features_are_found_again(workers: MatchingWorkers, cache: PhotoCache, photo: Path) -> None:
    found = workers.of_photo(photo)
    cache.write(photo, Kind.FEATURES, b"damaged", state_of(photo))

    assert workers.of_photo(photo).to_bytes() == found.to_bytes()
    assert cache.read(photo, Kind.FEATURES) == (found.to_bytes(), state_of(photo))


def test_features_of_a_photo_that_is_no_picture_are_an_error(workers: MatchingWorkers, tmp_path: Path) -> None:
    (tmp_path / "text.jpg").write_text("no picture")

    with pytest.raises(DecodeError):
        workers.of_photo(tmp_path / "text.jpg")


def test_features_of_a_photo_are_stored_with_its_thumbnail_and_used_again(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, other: Path
) -> None:
    first = compared(workers, photo, photo)
    assert first.shared
    assert first.shared.kind is MatchKind.SAME_PICTURE
    assert cache.read(photo, Kind.THUMBNAIL)
    assert compared(workers, photo, photo) == first

    compared(workers, photo, other)
    features, (_, line) = (cache.read(path, Kind.FEATURES) or (b"", b"") for path in (other, photo))
    cache.write(photo, Kind.FEATURES, features[0], line)

    assert compared(workers, photo, photo).shared is None


def test_features_of_a_photo_that_has_changed_are_found_again(
    workers: MatchingWorkers, photo: Path, other: Path
) -> None:
    assert compared(workers, photo, photo).shared
    query = workers.query(QueryPicture(photo.read_bytes()))
    photo.write_bytes(other.read_bytes())

    assert workers.compare(query, photo, tries_mirrored=False).shared is None


@pytest.mark.parametrize("data", [b"LF01", b"LF00 of another version"])
def test_stored_features_that_cannot_be_read_are_found_again(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, data: bytes
) -> None:
    first = compared(workers, photo, photo)
    _, line = cache.read(photo, Kind.FEATURES) or (b"", b"")
    cache.write(photo, Kind.FEATURES, data, line)

    assert compared(workers, photo, photo) == first
    assert (cache.read(photo, Kind.FEATURES) or (b"", b""))[0] != data


@pytest.mark.parametrize("kept", [Kind.THUMBNAIL, Kind.FEATURES])
def test_photo_on_a_disconnected_drive_is_compared_by_what_is_stored(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, kept: Kind
) -> None:
    query = workers.query(QueryPicture(photo.read_bytes()))
    workers.compare(query, photo, tries_mirrored=False)
    stored = cache.read(photo, kept)
    cache.forget([photo])
    assert stored
    cache.write(photo, kept, *stored)
    photo.unlink()

    assert workers.compare(query, photo, tries_mirrored=False).shared


def test_features_older_than_the_thumbnail_of_a_disconnected_photo_are_not_used(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, other: Path
) -> None:
    query = workers.query(QueryPicture(photo.read_bytes()))
    assert workers.compare(query, photo, tries_mirrored=False).shared
    thumbnail = ThumbnailFiles(cache.folder).read(photo)
    assert thumbnail
    ThumbnailFiles(cache.folder).write(photo, replace(thumbnail, data=other.read_bytes(), state=b"later"))
    photo.unlink()

    assert workers.compare(query, photo, tries_mirrored=False).shared is None


def test_part_of_a_query_is_compared_after_its_turn(workers: MatchingWorkers, photo: Path) -> None:
    query = workers.query(QueryPicture(photo, crop=Box(0.25, 0, 0.75, 0.75), turn=90))

    shared = workers.compare(query, photo, tries_mirrored=False).shared

    assert shared
    assert set(shared.edits) == {Edit.CROPPED, Edit.TURNED}
    region = (shared.region.left, shared.region.top, shared.region.width, shared.region.height)
    assert region == pytest.approx((0.25, 0, 0.75, 0.75), abs=0.03)


def test_photo_that_cannot_be_read_is_an_error_and_stores_nothing(
    workers: MatchingWorkers, cache: PhotoCache, photo: Path, tmp_path: Path
) -> None:
    query = workers.query(QueryPicture(photo))
    (tmp_path / "text.jpg").write_text("text")

    for name in ("text.jpg", "gone.jpg"):
        with pytest.raises(DecodeError):
            workers.compare(query, tmp_path / name, tries_mirrored=False)
        assert cache.read(tmp_path / name, Kind.FEATURES) is None
    with pytest.raises(DecodeError):
        workers.query(QueryPicture(tmp_path / "text.jpg"))


def test_blank_photo_shares_nothing(workers: MatchingWorkers, photo: Path, tmp_path: Path) -> None:
    Image.new("RGB", (64, 48), "white").save(tmp_path / "blank.png")

    assert compared(workers, photo, tmp_path / "blank.png").inliers == 0
    assert compared(workers, tmp_path / "blank.png", photo).inliers == 0
