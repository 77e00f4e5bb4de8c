"""The preview pass makes photos searchable by their embedded previews before the complete files are read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.images.embedded_preview import PREVIEW_MIN_BYTES
from core.indexing import run
from core.reports import Stage
from tests.helpers.indexing.bench import Bench, paint
from tests.helpers.pictures.camera import make_preview, save_photo

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


def camera_photo(file: Path, seed: int, preview_seed: int | None = None) -> Path:
    """Write a photo with an embedded preview, which shows another picture if `preview_seed` is given."""
    with Image.open(
        paint(file.with_suffix(".png"), seed if preview_seed is None else preview_seed, (640, 480))
    ) as image:
        preview = make_preview(image.convert("RGB"))
    drawn = paint(file.with_suffix(".png"), seed, (640, 480))
    with Image.open(drawn) as image:
        save_photo(file, image.convert("RGB"), preview, size=PREVIEW_MIN_BYTES)
    drawn.unlink()
    return file


def index_and_cancel_after(bench: Bench, stage: Stage, folder: Path) -> None:
    """Index a folder, and cancel the run when embedding begins after the given stage."""

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


def test_photos_are_found_provisionally_by_their_embedded_previews(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]
    paint(photos / "plain.png", 50)
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)

    hits = bench.search(files[3])

    assert hits[0].path == files[3]
    assert all(hit.photo.is_provisional for hit in hits)
    assert sorted(hit.path for hit in hits) == files


def test_a_complete_run_replaces_all_provisional_embeddings(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]

    report = bench.run(photos)

    assert (report.indexed, report.reused, report.moved, report.found) == (8, 0, 0, 8)
    assert not any(hit.photo.is_provisional for hit in bench.search(files[3]))
    assert bench.paths() == files
    assert bench.database.count("content WHERE provisional") == 0
    assert bench.database.count("embedding") == 8
    assert bench.run(photos).unchanged == 8


def test_the_run_after_a_cancelled_one_reads_provisional_photos_completely(bench: Bench, photos: Path) -> None:
    files = [camera_photo(photos / f"{seed}.jpg", seed) for seed in range(8)]
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)
    batches = len(bench.embedder.batches)

    report = bench.run(photos)

    assert report.indexed == 8
    assert sum(bench.embedder.batches[batches:]) == 8, "the previews were embedded again"
    assert not any(hit.photo.is_provisional for hit in bench.search(files[3]))


def test_a_wrong_preview_affects_searches_only_until_the_photo_is_read(bench: Bench, photos: Path) -> None:
    misleading = camera_photo(photos / "misleading.jpg", 1, preview_seed=2)
    matching = camera_photo(photos / "matching.jpg", 3)
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)
    query = paint(photos.parent / "query.png", 2, (640, 480))
    assert bench.search(query)[0].score > 0.95

    bench.run(photos)

    assert bench.search(query)[0].score < 0.95
    assert {bench.search(misleading)[0].path, bench.search(matching)[0].path} == {misleading, matching}


def test_an_edited_photo_skips_the_preview_pass(bench: Bench, photos: Path) -> None:
    edited, other = (camera_photo(photos / f"{seed}.jpg", seed) for seed in (1, 2))
    bench.run(photos)
    camera_photo(edited, 3)
    batches = len(bench.embedder.batches)

    bench.run(photos)

    assert sum(bench.embedder.batches[batches:]) == 1
    assert bench.search(edited)[0].path == edited
    assert bench.paths() == [edited, other]


def test_photos_in_a_renamed_folder_are_not_embedded_again(bench: Bench, photos: Path) -> None:
    for seed in range(4):
        camera_photo(photos / "before" / f"{seed}.jpg", seed)
    bench.run(photos)
    batches = len(bench.embedder.batches)
    (photos / "before").rename(photos / "after")

    report = bench.run(photos)

    assert (report.moved, len(bench.embedder.batches)) == (4, batches)


def test_few_photos_skip_the_preview_pass(bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    for seed in range(4):
        camera_photo(photos / f"{seed}.jpg", seed)
    bench.run(photos)
    assert sum(bench.embedder.batches) == 4


def test_small_files_and_files_without_a_preview_skip_the_preview_pass(bench: Bench, photos: Path) -> None:
    for seed in range(4):
        paint(photos / f"{seed}.jpg", seed)
        large = paint(photos / f"{seed}.png", seed)
        large.write_bytes(large.read_bytes().ljust(PREVIEW_MIN_BYTES, b"\0"))
    stages: set[Stage] = set()
    asyncio.run(bench.update([bench.root(photos)], lambda progress: stages.add(progress.stage)))
    assert Stage.EMBEDDING in stages
    assert Stage.PREVIEWING not in stages


def test_few_but_large_photos_go_through_the_preview_pass(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    monkeypatch.setattr(run, "PREVIEWS_FROM_BYTES", 3 * PREVIEW_MIN_BYTES)
    for seed in range(3):
        camera_photo(photos / f"{seed}.jpg", seed)
    bench.run(photos)
    assert sum(bench.embedder.batches) == 6
