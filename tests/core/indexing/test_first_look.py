"""Photos are searchable by the small pictures in their files before they have been read as a whole."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.images.embedded_preview import PREVIEW_MIN_BYTES
from core.indexing import run
from core.reports import Stage
from tests.helpers.indexing.bench import Bench, paint
from tests.helpers.pictures.camera import save_photo, shrunk

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.reports import Progress


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Bench]:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 1)
    with Bench(tmp_path / "library") as bench:
        yield bench


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def camera_photo(file: Path, seed: int, looks: int | None = None) -> Path:
    """Write a photo that carries a small picture: its own, or that of another."""
    with Image.open(paint(file.with_suffix(".png"), seed if looks is None else looks, (640, 480))) as image:
        small = shrunk(image.convert("RGB"))
    drawn = paint(file.with_suffix(".png"), seed, (640, 480))
    with Image.open(drawn) as image:
        save_photo(file, image.convert("RGB"), small, size=PREVIEW_MIN_BYTES)
    drawn.unlink()
    return file


def until_cancelled_after(bench: Bench, stage: Stage, folder: Path) -> None:
    """Index a folder until a stage begins that comes after the one given."""

    async def run() -> None:
        task: asyncio.Task[object]
        seen: set[Stage] = set()

        def listen(progress: Progress) -> None:
            seen.add(progress.stage)
            if stage in seen and progress.stage is Stage.EMBEDDING and not task.cancelling():
                task.cancel()

        task = asyncio.ensure_future(bench.update([bench.root(folder)], listen))
        await task

    asyncio.run(run())


def test_photos_are_found_provisionally_by_their_small_pictures(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]
    paint(photos / "plain.png", 50)
    until_cancelled_after(bench, Stage.PREVIEWING, photos)

    hits = bench.search(files[3])

    assert hits[0].path == files[3]
    assert all(hit.photo.is_provisional for hit in hits)
    assert sorted(hit.path for hit in hits) == files


def test_the_full_pass_replaces_what_was_provisional_and_leaves_nothing_of_it(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]

    report = bench.run(photos)

    assert (report.indexed, report.reused, report.moved, report.found) == (8, 0, 0, 8)
    assert not any(hit.photo.is_provisional for hit in bench.search(files[3]))
    assert bench.paths() == files
    assert bench.database.count("content WHERE provisional") == 0
    assert bench.database.count("embedding") == 8
    assert bench.run(photos).unchanged == 8


def test_a_run_that_was_cut_off_reads_as_a_whole_what_is_provisional(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]
    until_cancelled_after(bench, Stage.PREVIEWING, photos)
    batches = len(bench.embedder.batches)

    report = bench.run(photos)

    assert report.indexed == 8
    assert sum(bench.embedder.batches[batches:]) == 8, "the small pictures were looked at again"
    assert not any(hit.photo.is_provisional for hit in bench.search(files[3]))


def test_a_small_picture_that_lies_does_so_until_the_full_pass_only(bench: Bench, photos: Path) -> None:
    liar = camera_photo(photos / "liar.jpg", 1, looks=2)
    honest = camera_photo(photos / "honest.jpg", 3)
    until_cancelled_after(bench, Stage.PREVIEWING, photos)
    looks_like = paint(photos.parent / "query.png", 2, (640, 480))
    assert bench.search(looks_like)[0].score > 0.95

    bench.run(photos)

    assert bench.search(looks_like)[0].score < 0.95
    assert {bench.search(liar)[0].path, bench.search(honest)[0].path} == {liar, honest}


def test_an_edited_photo_keeps_its_look_until_it_is_read(bench: Bench, photos: Path) -> None:
    edited, other = (camera_photo(photos / f"{seed}.jpg", seed) for seed in (1, 2))
    bench.run(photos)
    camera_photo(edited, 3)
    batches = len(bench.embedder.batches)

    bench.run(photos)

    assert sum(bench.embedder.batches[batches:]) == 1
    assert bench.search(edited)[0].path == edited
    assert bench.paths() == [edited, other]


def test_a_renamed_folder_does_not_meet_the_model_again(bench: Bench, photos: Path) -> None:
    for seed in range(4):
        camera_photo(photos / "before" / f"{seed}.jpg", seed)
    bench.run(photos)
    batches = len(bench.embedder.batches)
    (photos / "before").rename(photos / "after")

    report = bench.run(photos)

    assert (report.moved, len(bench.embedder.batches)) == (4, batches)


def test_few_photos_are_read_at_once(bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    for seed in range(4):
        camera_photo(photos / f"{seed}.jpg", seed)
    bench.run(photos)
    assert sum(bench.embedder.batches) == 4


def test_files_that_are_read_as_fast_or_have_no_small_picture_are_not_looked_at_first(
    bench: Bench, photos: Path
) -> None:
    for seed in range(4):
        paint(photos / f"{seed}.jpg", seed)
        large = paint(photos / f"{seed}.png", seed)
        large.write_bytes(large.read_bytes().ljust(PREVIEW_MIN_BYTES, b"\0"))
    stages: set[Stage] = set()
    asyncio.run(bench.update([bench.root(photos)], lambda progress: stages.add(progress.stage)))
    assert Stage.EMBEDDING in stages
    assert Stage.PREVIEWING not in stages


def test_few_photos_that_are_many_bytes_are_looked_at_first(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    monkeypatch.setattr(run, "PREVIEWS_FROM_BYTES", 3 * PREVIEW_MIN_BYTES)
    for seed in range(3):
        camera_photo(photos / f"{seed}.jpg", seed)
    bench.run(photos)
    assert sum(bench.embedder.batches) == 6
