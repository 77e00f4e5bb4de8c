"""The preview pass makes photos searchable by their embedded previews before the complete files are read."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.images.embedded_preview import HEIC_MIN_BYTES, PREVIEW_MIN_BYTES
from core.indexing import run
from core.reports import Stage
from tests.helpers.indexing.bench import Bench, paint
from tests.helpers.pictures.camera import make_preview, save_photo
from tests.helpers.pictures.drawn import encoded, noise
from tests.helpers.pictures.heif_files import heic, padded, save_heic, with_thumbnail

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from core.images.reader import ReadPhoto
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


def phone_photo(file: Path, seed: int, thumbnail_seed: int | None = None) -> Path:
    """Write a HEIC photo with a thumbnail, which shows another picture if `thumbnail_seed` is given."""
    shown = picture(seed if thumbnail_seed is None else thumbnail_seed)
    return save_heic(file, picture(seed), shown, size=HEIC_MIN_BYTES)


def picture(seed: int) -> Image.Image:
    return noise(seed, 640, 480)


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


def reading_order(bench: Bench, monkeypatch: pytest.MonkeyPatch) -> list[Path]:
    """Return a list to which each photo is added when it is read completely."""
    order: list[Path] = []
    read = bench.read

    def record(path: Path) -> ReadPhoto:
        order.append(path)
        return read(path)

    monkeypatch.setattr(bench, "read", record)
    return order


def test_heic_photos_are_previewed_however_few_they_are(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 2)
    first, second = (phone_photo(photos / f"{seed}.heic", seed) for seed in (1, 2))
    camera_photo(photos / "3.jpg", 3)

    index_and_cancel_after(bench, Stage.PREVIEWING, photos)

    assert bench.search(encoded(picture(2)))[0].path == second
    assert bench.paths() == [first, second]
    assert all(hit.photo.is_provisional for hit in bench.search(first))


def test_a_wrong_thumbnail_of_a_heic_photo_is_replaced_by_the_picture(bench: Bench, photos: Path) -> None:
    misleading = phone_photo(photos / "misleading.heic", 1, thumbnail_seed=2)
    phone_photo(photos / "other.heic", 3)
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)
    query = encoded(picture(2))
    assert bench.search(query)[0].score > 0.95

    report = bench.run(photos)

    assert report.indexed == 2
    assert bench.search(query)[0].score < 0.95
    found = bench.search(encoded(picture(1)))[0]
    assert (found.path, found.photo.is_provisional) == (misleading, False)


def test_photos_without_a_preview_are_read_before_the_others_are_refined(
    bench: Bench, photos: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    previewed = [phone_photo(photos / f"{seed}.heic", seed) for seed in (1, 2)]
    plain = photos / "9.heic"
    plain.write_bytes(padded(heic(picture(9), []), HEIC_MIN_BYTES))
    jpeg = camera_photo(tmp_path / "more" / "3.jpg", 3)
    order = reading_order(bench, monkeypatch)

    report = bench.run(photos, tmp_path / "more")

    assert report.indexed == 4
    assert set(order[:2]) == {plain, jpeg}
    assert set(order[2:]) == set(previewed)


def test_the_run_after_a_stopped_one_reads_new_photos_first(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(run, "PREVIEWS_FROM", 5)
    previewed = [phone_photo(photos / f"{seed}.heic", seed) for seed in (1, 2)]
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)
    new = paint(photos / "9.png", 9)
    order = reading_order(bench, monkeypatch)

    bench.run(photos)

    assert order[0] == new
    assert set(order[1:]) == set(previewed)
    assert not any(hit.photo.is_provisional for hit in bench.search(new))


def test_a_damaged_thumbnail_costs_only_the_preview(bench: Bench, photos: Path) -> None:
    damaged = phone_photo(photos / "damaged.heic", 1)
    damaged.write_bytes(with_thumbnail(damaged.read_bytes(), bytes(300)))
    good = phone_photo(photos / "good.heic", 2)
    index_and_cancel_after(bench, Stage.PREVIEWING, photos)
    assert bench.paths() == [good]

    report = bench.run(photos)

    assert (report.indexed, report.failed) == (2, ())
    assert bench.search(encoded(picture(1)))[0].path == damaged
