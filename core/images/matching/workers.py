"""Compares pictures by their local features, in processes reserved for that."""

from __future__ import annotations

from contextlib import suppress
from functools import partial
from math import ceil
from typing import TYPE_CHECKING

from core.images.decoder import decode
from core.images.matching.comparison import Comparison, compare
from core.images.matching.local_features import SIDE, LocalFeatures
from core.images.photo_cache import Kind, PhotoCache, state_of
from core.images.picture_pool import PicturePool
from core.images.process_pool import DECODE_SECONDS
from core.images.query import part
from core.images.thumbnail import ThumbnailCache, ThumbnailFiles, make_thumbnail
from core.workers import matchers

if TYPE_CHECKING:
    from pathlib import Path

    from core.search_request import QueryPicture
    from core.types import Box


class MatchingWorkers:
    """Worker processes that find and compare local features, each started when it is first needed.

    The features of a photo are found in its thumbnail and stored with it, so that they are found only once. As many
    threads as there are processes may use them at the same time.
    """

    def __init__(self, thumbnails: Path) -> None:
        """Use the thumbnails in the folder `thumbnails`."""
        self._pool = PicturePool("semblance-matching", matchers(), use_one_thread)
        self._cache = PhotoCache(thumbnails)
        self._thumbnails = ThumbnailCache(ThumbnailFiles(thumbnails), self._make_thumbnail)

    def query(self, picture: QueryPicture) -> LocalFeatures:
        """Return the features of a query picture.

        Raises:
            DecodeError: The picture cannot be read.
        """
        find = partial(find_query_features, crop=picture.crop, clockwise=picture.turn)
        return self._pool.process(picture.source, find, DECODE_SECONDS)

    def of_photo(self, photo: Path) -> LocalFeatures:
        """Return the features of a photo, stored or from its thumbnail.

        Raises:
            DecodeError: The photo cannot be read.
        """
        state = state_of(photo)
        stored = self._stored(photo, state)
        with suppress(ValueError):
            if stored:
                return LocalFeatures.from_bytes(stored)
        features = self._pool.process(self._thumbnails.at_least(photo, SIDE), find_features, DECODE_SECONDS)
        if state:
            self._cache.write(photo, Kind.FEATURES, features, state)
        return LocalFeatures.from_bytes(features)

    def compare(self, query: LocalFeatures, photo: Path, *, tries_mirrored: bool) -> Comparison:
        """Compare a photo with a query, and with `tries_mirrored` also with the query's mirror image.

        If the photo cannot be reached, its latest thumbnail is compared.

        Raises:
            DecodeError: The photo cannot be read.
        """
        state = state_of(photo)
        if stored := self._stored(photo, state):
            task = partial(compare_stored, query=query, tries_mirrored=tries_mirrored)
            if comparison := self._pool.process(stored, task, DECODE_SECONDS):
                return comparison
        thumbnail = self._thumbnails.at_least(photo, SIDE)
        find = partial(compare_found, query=query, tries_mirrored=tries_mirrored)
        comparison, features = self._pool.process(thumbnail, find, DECODE_SECONDS)
        if state:
            self._cache.write(photo, Kind.FEATURES, features, state)
        return comparison

    def _stored(self, photo: Path, state: bytes) -> bytes | None:
        """Return the stored features of a photo if they are up to date as far as can be told."""
        if stored := self._cache.read(photo, Kind.FEATURES):
            features, made_from = stored
            if made_from == (state or self._thumbnails.state(photo) or made_from):
                return features
        return None

    def close(self) -> None:
        """End the processes, even while they compare pictures. May be called twice."""
        self._pool.close()

    def _make_thumbnail(self, picture: Path | bytes, side: int) -> bytes:
        return self._pool.process(picture, partial(make_thumbnail, side=side), DECODE_SECONDS)


def use_one_thread() -> None:
    """Keep the libraries of this process from using all cores at once: each process has one for itself."""
    import cv2
    from threadpoolctl import threadpool_limits

    cv2.setNumThreads(1)
    threadpool_limits(1)


def find_query_features(data: bytes, crop: Box | None, clockwise: int) -> LocalFeatures:
    """Return the features of a query picture, or of a part of it, turned by a multiple of 90 degrees.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    if crop:
        # Large enough for the part to have as many pixels as a complete picture.
        image = part(decode(data, ceil(SIDE / min(crop.width, crop.height))).image, crop)
    else:
        image = decode(data, SIDE).image
    return LocalFeatures.of(image.rotate(-clockwise, expand=True) if clockwise else image)


def find_features(data: bytes) -> bytes:
    """Return the features of a picture as `LocalFeatures.to_bytes` does.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    return LocalFeatures.of(decode(data, SIDE).image).to_bytes()


def compare_found(data: bytes, query: LocalFeatures, *, tries_mirrored: bool) -> tuple[Comparison, bytes]:
    """Find the features of a picture, and return how it compares with a query, and the features to store.

    Raises:
        DecodeError: The bytes are not a picture that can be read.
    """
    features = LocalFeatures.of(decode(data, SIDE).image)
    return compare(query, features, tries_mirrored=tries_mirrored), features.to_bytes()


def compare_stored(data: bytes, query: LocalFeatures, *, tries_mirrored: bool) -> Comparison | None:
    """Return how stored features compare with a query, or None if they are incomplete or of another version."""
    try:
        features = LocalFeatures.from_bytes(data)
    except ValueError:
        return None
    return compare(query, features, tries_mirrored=tries_mirrored)
