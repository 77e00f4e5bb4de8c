"""Photos that an earlier version indexed get the metadata that it did not read."""

from __future__ import annotations

import sqlite3
from threading import Lock
from typing import TYPE_CHECKING

import pytest

from core.errors import DecodeError, UnreadableError
from core.indexing import metadata_pass
from core.indexing.photo_reading import PhotoReader
from core.reports import Stage
from core.search_request import Filters
from core.types import Metadata
from tests.helpers.indexing.bench import paint_many
from tests.helpers.pictures.drawn import encoded, exif, noise

if TYPE_CHECKING:
    from pathlib import Path

    from core.reports import Progress
    from tests.helpers.indexing.bench import Bench

MAKER = Metadata(1_577_934_245, camera="Maker")


@pytest.fixture
def photos(bench: Bench, tmp_path: Path) -> list[Path]:
    """Return photos as version 7 has recorded them."""
    folder = tmp_path / "photos"
    folder.mkdir()
    paths = [folder / f"{number}.jpg" for number in range(5)]
    for number, path in enumerate(paths):
        path.write_bytes(encoded(noise(number), "JPEG", exif=exif(1, "2020:01:02 03:04:05")))
    bench.run(folder)
    with bench.database.transaction() as db:
        db.execute("UPDATE content SET has_metadata = 0, taken_at = NULL, camera = NULL")
    return paths


def recorded(bench: Bench) -> list[tuple[int | None, str | None]]:
    with sqlite3.connect(bench.folder / "catalog.sqlite") as db:
        return db.execute("SELECT taken_at, camera FROM content ORDER BY taken_at").fetchall()


@pytest.mark.parametrize("piece", [1, 2, 5, 512])
def test_next_run_reads_the_metadata_and_embeds_nothing(
    bench: Bench, photos: list[Path], piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(metadata_pass, "PIECE", piece)
    shown: list[Progress] = []

    report = bench.run(photos[0].parent, on_progress=shown.append)

    assert (report.unchanged, report.indexed) == (5, 0)
    assert recorded(bench) == [(MAKER.taken_at, MAKER.camera)] * 5
    assert {each.total for each in shown if each.stage is Stage.READING_METADATA} == {5}
    hits = bench.search(photos[3], filters=Filters(camera="maker"))
    assert (hits[0].photo.path, hits[0].photo.metadata) == (photos[3], MAKER)


def test_metadata_is_read_once(bench: Bench, photos: list[Path]) -> None:
    bench.run(photos[0].parent)
    shown: list[Progress] = []

    bench.run(photos[0].parent, on_progress=shown.append)

    assert Stage.READING_METADATA not in {each.stage for each in shown}


@pytest.mark.parametrize(("error", "again"), [(UnreadableError, 1), (DecodeError, 0)])
def test_photo_whose_disk_does_not_respond_is_tried_again_by_the_next_run(
    bench: Bench, photos: list[Path], monkeypatch: pytest.MonkeyPatch, error: type[DecodeError], again: int
) -> None:
    real = type(bench).metadata

    def fail_for_one(self: Bench, path: Path) -> Metadata:
        if path == photos[2]:
            raise error("The disk is slow.")
        return real(self, path)

    with monkeypatch.context() as patch:
        patch.setattr(type(bench), "metadata", fail_for_one)
        report = bench.run(photos[0].parent)

    assert (report.unchanged, report.failed) == (5, ())
    assert recorded(bench) == [(None, None), *[(MAKER.taken_at, MAKER.camera)] * 4]
    bench.run(photos[0].parent)
    assert recorded(bench)[0] == ((MAKER.taken_at, MAKER.camera) if again else (None, None))


def test_photos_on_an_offline_drive_do_not_keep_others_from_being_read(
    bench: Bench, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    drive = photos[0].parent / "usb"
    monkeypatch.setattr(PhotoReader, "offline_mounts", lambda *_: frozenset({drive}))
    drive.mkdir()
    photos[0].rename(drive / photos[0].name)
    bench.run(drive.parent)

    assert recorded(bench) == [(None, None), *[(MAKER.taken_at, MAKER.camera)] * 4]


def test_folder_that_goes_offline_is_reported_and_read_later(
    bench: Bench, photos: list[Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = photos[0].parent
    elsewhere, lock = folder.with_name("unplugged"), Lock()

    def unplug(_: Bench, path: Path) -> Metadata:
        with lock:
            if not elsewhere.exists():
                folder.rename(elsewhere)
                folder.mkdir()
        raise UnreadableError(f"The file could not be read: {path}.")

    with monkeypatch.context() as patch:
        patch.setattr(type(bench), "metadata", unplug)
        report = bench.run(folder)
    folder.rmdir()
    elsewhere.rename(folder)

    assert [failure.path for failure in report.closed] == [folder]
    assert recorded(bench) == [(None, None)] * 5
    bench.run(folder)
    assert recorded(bench) == [(MAKER.taken_at, MAKER.camera)] * 5


def test_new_photos_need_no_second_reading(bench: Bench, tmp_path: Path) -> None:
    paint_many(tmp_path / "new", 3)
    shown: list[Progress] = []

    bench.run(tmp_path / "new", on_progress=shown.append)

    assert Stage.READING_METADATA not in {each.stage for each in shown}
