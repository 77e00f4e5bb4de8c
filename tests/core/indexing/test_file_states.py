"""Recognising changed files by what the file system says about them, however odd that is."""

from __future__ import annotations

import os
from types import SimpleNamespace
from typing import TYPE_CHECKING, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import PhotoFile
from tests.helpers.engine.catalog_entries import FOLDER
from tests.helpers.indexing.bench import Bench, paint, paint_many
from tests.helpers.pictures.drawn import encoded, noise

if TYPE_CHECKING:
    from pathlib import Path

BASE_TIME = 1_600_000_000
YEAR_2381 = 13_000_000_000
NUMBERS = st.one_of(st.integers(), st.integers(2**63 - 2, 2**63 + 2), st.integers(-(2**63) - 2, -(2**63) + 2))


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def _set_time(file: Path, seconds: int = BASE_TIME) -> Path:
    os.utime(file, (seconds, seconds))
    return file


@given(size=NUMBERS, mtime_ns=NUMBERS, ctime_ns=NUMBERS)
def test_any_file_state_fits_into_the_catalog(size: int, mtime_ns: int, ctime_ns: int) -> None:
    status = SimpleNamespace(st_size=size, st_mtime_ns=mtime_ns, st_ctime_ns=ctime_ns)

    file = PhotoFile.of(FOLDER / "a.jpg", cast("os.stat_result", status))

    for number, actual in ((file.size, size), (file.mtime_ns, mtime_ns), (file.ctime_ns, ctime_ns)):
        assert number == min(max(actual, -(2**63)), 2**63 - 1)


def test_photo_with_an_odd_date_is_indexed_once(bench: Bench, photos: Path) -> None:
    normal, odd = paint_many(photos, 2)
    _set_time(odd, YEAR_2381)

    assert bench.run(photos).indexed == 2
    assert bench.run(photos).unchanged == 2
    assert bench.paths() == [normal, odd]


def test_photo_is_found_and_listed_while_its_end_is_missing(bench: Bench, photos: Path) -> None:
    whole = encoded(noise(1), "JPEG")
    file = photos / "cut.jpg"
    photos.mkdir()
    file.write_bytes(whole[:-2])

    assert bench.run(photos).indexed == 1
    assert bench.run(photos).unchanged == 1
    assert bench.paths() == [file]
    assert [failure.path for failure in bench.catalog.failures()] == [file]

    file.write_bytes(whole)
    assert bench.run(photos).indexed == 1
    assert bench.catalog.failures() == []


def test_photo_replaced_by_one_of_the_same_size_and_time_is_indexed_again(bench: Bench, photos: Path) -> None:
    old, new = (paint(photos.parent / name, seed).read_bytes() for name, seed in (("a.bmp", 1), ("b.bmp", 2)))
    file = photos / "photo.bmp"
    photos.mkdir()
    file.write_bytes(old)
    _set_time(file)
    bench.run(photos)

    backup = photos.parent / "b.bmp"
    backup.write_bytes(new)
    _set_time(backup).replace(file)
    report = bench.run(photos)

    assert len(old) == len(new)
    assert (report.indexed, report.unchanged) == (1, 0)


def test_photo_is_found_after_its_damaged_file_was_restored_with_size_and_time(bench: Bench, photos: Path) -> None:
    backup = _set_time(paint(photos.parent / "backup.png", 1))
    photos.mkdir()
    file = photos / "photo.png"
    file.write_bytes(bytes(backup.stat().st_size))
    _set_time(file)
    assert len(bench.run(photos).failed) == 1

    backup.replace(file)

    assert (bench.run(photos).indexed, bench.paths()) == (1, [file])


def test_photos_of_an_older_catalog_are_not_read_again(bench: Bench, photos: Path) -> None:
    paint_many(photos, 3)
    bench.run(photos)
    with bench.database.transaction() as db:
        db.execute("UPDATE photo SET ctime_ns = NULL")
    bench.embedder.input_reads = 0

    assert bench.run(photos).unchanged == 3
    assert bench.embedder.input_reads == 0
    assert bench.database.count("photo WHERE ctime_ns NOT NULL") == 3
