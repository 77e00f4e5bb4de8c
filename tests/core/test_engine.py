"""Indexing and searching folders of photos, with the default model and Milvus Lite."""

from __future__ import annotations

import asyncio
import shutil
from typing import TYPE_CHECKING

import pytest
from PIL import Image

from core.errors import DecodeError, FolderError
from core.images.reader import LARGE_FILE
from core.reports import Stage
from core.search_request import SearchRequest
from core.types import Edit, Label
from tests.helpers.checkout import CHECKOUT
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from core.reports import IndexReport, Progress
    from core.types import Hit
    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]

SAMPLES = CHECKOUT / "resources" / "samples" / "photos"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


EDITED = {
    "fig-watermarked.jpg": "food/fig.jpg",
    "citrus-cropped.webp": "food/citrus-fruits.jpg",
    "raccoon-framed.jpg": "animals/raccoon.jpg",
    "pavilion-low-quality.jpg": "places/pavilion.jpg",
    "bridge-black-and-white.jpg": "places/bridge-at-night.jpg",
    "dogs-turned.jpg": "animals/dogs-at-the-window.jpg",
}
"""Edited copies among the samples, and their originals."""


def test_a_search_finds_the_photo_first_and_edited_copies_find_their_originals(opened: OpenEngine) -> None:
    opened.index(SAMPLES)
    first, second = opened.search(SAMPLES / "animals" / "bee-on-an-aster.jpg", top_k=2, views="auto")
    assert (first.path, first.label) == (SAMPLES / "animals" / "bee-on-an-aster.jpg", Label.IDENTICAL)
    assert second.path == SAMPLES / "edited" / "bee-mirrored.jpg"
    assert 0.5 < second.score < first.score <= 1.0

    found = {}
    for edited in EDITED:
        query = SAMPLES / "edited" / edited
        others = [hit.path for hit in opened.search(query, top_k=3, views="auto") if hit.path != query]
        found[edited] = others[0].relative_to(SAMPLES).as_posix()
    assert found == EDITED


def test_verification_tells_how_copies_were_edited_and_puts_them_first(opened: OpenEngine) -> None:
    expected = {
        "animals/bee-on-an-aster.jpg": ("bee-mirrored.jpg", (Edit.MIRRORED,)),
        "animals/dogs-at-the-window.jpg": ("dogs-turned.jpg", ()),
        "animals/raccoon.jpg": ("raccoon-framed.jpg", (Edit.FRAMED,)),
        "food/citrus-fruits.jpg": ("citrus-cropped.webp", (Edit.CROPPED,)),
        "places/bridge-at-night.jpg": ("bridge-black-and-white.jpg", (Edit.RECOLOURED,)),
        "places/pavilion.jpg": ("pavilion-low-quality.jpg", ()),
    }
    opened.index(SAMPLES / "edited")

    async def search(query: Path) -> list[list[Hit]]:
        return [hits async for hits in opened.engine.verified_search(SearchRequest.like(query, top_k=3))]

    for query, (copy, edits) in expected.items():
        first, *_, last = opened.do(search(SAMPLES / query))
        unverified = opened.search(SAMPLES / query, top_k=3, views="auto")
        assert [hit.path for hit in first] == [hit.path for hit in unverified]
        assert [hit.score for hit in first] == pytest.approx([hit.score for hit in unverified], abs=1e-5)
        assert len(last) == 3
        assert last[0].path.name == copy
        assert last[0].label is Label.NEAR_DUPLICATE
        assert last[0].shared
        assert last[0].shared.edits == edits
        assert [hit.shared for hit in last[1:]] == [None, None]


def test_the_report_counts_new_changed_moved_copied_and_deleted_photos(
    opened: OpenEngine, photos: Path, dim: int
) -> None:
    files = paint_many(photos, 8)
    first = opened.index(photos)
    assert (first.found, first.indexed, first.model, first.dim) == (8, 8, "efficientnet-lite0", dim)
    assert first.seconds > 0
    assert first.images_per_second == pytest.approx(8 / first.seconds, rel=0.01)
    again = opened.index(photos)
    assert (again.found, again.unchanged, again.indexed) == (8, 8, 0)

    paint(photos / "new.png", 100)
    paint(files[0], 101, (90, 90))
    files[1].rename(photos / "renamed.png")
    (photos / "deeper").mkdir()
    files[2].rename(photos / "deeper" / "moved.png")
    shutil.copy(files[3], photos / "copied.png")
    files[4].unlink()
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(500))
    (photos / "notes.txt").write_text("no picture")
    report = opened.index(photos)

    assert (report.indexed, report.moved, report.reused, report.removed) == (2, 2, 1, 1)
    assert (report.unchanged, len(report.failed), report.ignored) == (4, 1, 1)
    assert report.found == 10 == 2 + 2 + 1 + 4 + 1
    status = opened.status()
    assert (status.photos, status.searchable, status.failed) == (10, 9, 1)
    assert len(opened.paths(files[0])) == 9


def test_each_photo_is_its_own_best_match(opened: OpenEngine, photos: Path) -> None:
    files = paint_many(photos, 12)
    opened.index(photos)
    for file in files:
        assert opened.search(file, top_k=1)[0].path == file


def test_failures_are_listed_with_their_reasons(opened: OpenEngine, photos: Path) -> None:
    paint(photos / "good.png", 1)
    (photos / "empty.jpg").touch()
    (photos / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    report = opened.index(photos)
    failures = opened.do(opened.engine.failures())
    assert [failure.path.name for failure in failures] == ["broken.png", "empty.jpg"]
    assert failures[1].reason == "The file is empty."
    assert list(report.failed) == failures
    assert list(opened.index(photos).failed) == failures
    paint(photos / "broken.png", 2)
    assert opened.index(photos).indexed == 1
    assert [failure.path.name for failure in opened.do(opened.engine.failures())] == ["empty.jpg"]


def test_photos_of_an_offline_root_are_kept(opened: OpenEngine, photos: Path, tmp_path: Path) -> None:
    files = paint_many(photos, 4)
    opened.index(photos)
    photos.rename(tmp_path / "unplugged")
    report = opened.index()
    assert (report.found, report.removed) == (0, 0)
    (root,) = opened.status().roots
    assert (root.online, root.photos) == (False, 4)
    assert opened.search(tmp_path / "unplugged" / files[2].name)[0].path == files[2]
    (tmp_path / "unplugged").rename(photos)
    assert opened.index().unchanged == 4
    assert opened.status().roots[0].online


def test_photos_are_kept_while_only_the_empty_mount_point_is_there(
    opened: OpenEngine, photos: Path, tmp_path: Path
) -> None:
    paint_many(photos, 3)
    opened.index(photos)
    photos.rename(tmp_path / "unplugged")
    photos.mkdir()
    assert opened.index().removed == 0
    photos.rmdir()
    (tmp_path / "unplugged").rename(photos)
    assert opened.index().unchanged == 3


def test_indexing_a_folder_inside_a_root_adds_no_root(opened: OpenEngine, photos: Path) -> None:
    files = [*paint_many(photos, 2), *paint_many(photos / "inside", 2, first_seed=50)]
    opened.index(photos)
    report = opened.index(photos / "inside")
    assert (report.found, report.unchanged) == (4, 4)
    assert [root.root.path for root in opened.status().roots] == [photos]
    assert sorted(opened.paths(files[0])) == sorted(files)


def test_a_root_around_other_roots_replaces_them_without_running_the_model(opened: OpenEngine, photos: Path) -> None:
    files = [*paint_many(photos / "a", 2), *paint_many(photos / "b", 2, first_seed=50)]
    opened.index(photos / "a", photos / "b")
    report = opened.index(photos)
    assert (report.found, report.indexed, report.reused) == (4, 0, 4)
    assert [root.root.path for root in opened.status().roots] == [photos]
    assert sorted(opened.paths(files[0])) == sorted(files)


def test_different_paths_to_the_same_folder_add_one_root(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 2)
    (photos.parent / "link").symlink_to(photos)
    report = opened.index(photos, photos / ".." / "photos", photos.parent / "link")
    assert report.found == 2
    assert [root.root.path for root in opened.status().roots] == [photos]


def test_removing_a_root_removes_its_photos_from_results_but_not_from_disk(opened: OpenEngine, tmp_path: Path) -> None:
    kept, dropped = tmp_path / "kept", tmp_path / "dropped"
    paint_many(kept, 2)
    files = paint_many(dropped, 3, first_seed=50)
    opened.index(kept, dropped)
    assert opened.do(opened.engine.remove_folder(dropped)) == 3
    assert opened.status().photos == 2
    assert not set(opened.paths(files[0])) & set(files)
    assert all(file.exists() for file in files)


def test_indexing_caches_thumbnails_of_large_photos_until_they_are_removed(opened: OpenEngine, tmp_path: Path) -> None:
    dropped, deleted = (paint(tmp_path / name / "a.png", 1, (600, 400)) for name in ("dropped", "kept"))
    for seed, file in enumerate((dropped, deleted)):
        file.write_bytes(file.read_bytes().ljust(LARGE_FILE + seed, b"\0"))
    paint(deleted.with_name("b.png"), 2)
    opened.index(dropped.parent, deleted.parent)
    for file in (dropped, deleted):
        file.unlink()
        assert opened.do(opened.engine.thumbnail(file, 96))

    opened.do(opened.engine.remove_folder(dropped.parent))
    assert opened.index(deleted.parent).removed == 1

    for file in (dropped, deleted):
        with pytest.raises(DecodeError):
            opened.do(opened.engine.thumbnail(file, 96))


def test_removed_photos_are_also_deleted_from_the_index(opened: OpenEngine, tmp_path: Path) -> None:
    kept, dropped = tmp_path / "kept", tmp_path / "dropped"
    files = paint_many(kept, 2)
    query = paint(dropped / "original.png", 50)
    for number in range(40):  # more rows of removed photos than a search skips
        shutil.copy(query, dropped / f"copy-{number}.png")
    opened.index(kept, dropped)
    data = query.read_bytes()
    opened.do(opened.engine.remove_folder(dropped))
    assert sorted(hit.path for hit in opened.search(data, top_k=2)) == files


@pytest.mark.parametrize("name", ["photos/../photos", "link", "photos/"])
def test_a_root_can_be_removed_by_any_path_to_it(opened: OpenEngine, photos: Path, tmp_path: Path, name: str) -> None:
    paint_many(photos, 1)
    (tmp_path / "link").symlink_to(photos)
    opened.index(photos)
    assert opened.do(opened.engine.remove_folder(tmp_path / name)) == 1


def test_removing_an_unknown_folder_fails_and_lists_the_roots(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 1)
    opened.index(photos)
    with pytest.raises(FolderError, match=r"other is not in the library\. The folders in the library are: .*photos"):
        opened.do(opened.engine.remove_folder(photos / "other"))


@pytest.mark.parametrize("name", ["nowhere", "file"])
def test_indexing_a_missing_folder_or_a_file_fails(opened: OpenEngine, tmp_path: Path, name: str) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(FolderError, match=name):
        opened.index(tmp_path / name)
    assert opened.status().roots == ()


def test_two_simultaneous_runs_are_queued(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 40)

    async def both() -> tuple[IndexReport, IndexReport]:
        return await asyncio.gather(opened.engine.index([photos]), opened.engine.index([photos]))

    first, second = opened.do(both())
    assert (first.indexed, first.unchanged) == (40, 0)
    assert (second.indexed, second.unchanged) == (0, 40)


def test_a_search_is_answered_during_an_indexing_run(opened: OpenEngine, photos: Path) -> None:
    (known,) = paint_many(photos / "known", 1)
    opened.index(photos / "known")
    paint_many(photos / "more", 100, first_seed=1000)

    async def search_meanwhile() -> tuple[list[Hit], bool]:
        embedding = asyncio.Event()

        def listen(progress: Progress) -> None:
            if progress.stage is Stage.EMBEDDING:
                embedding.set()

        running = asyncio.create_task(opened.engine.index([photos / "more"], listen))
        await embedding.wait()
        hits = await opened.engine.search(SearchRequest.like(known, top_k=1))
        answered_during = not running.done()
        await running
        return hits, answered_during

    (hit,), answered_during = opened.do(search_meanwhile())
    assert hit.path == known
    assert answered_during


def test_a_cancelled_run_keeps_its_work_and_the_next_run_completes_it(opened: OpenEngine, photos: Path) -> None:
    files = paint_many(photos, 100)

    async def cancel_after_some() -> IndexReport:
        def listen(progress: Progress) -> None:
            if progress.stage is Stage.EMBEDDING and progress.done >= 20:
                running.cancel()

        running = asyncio.create_task(opened.engine.index([photos], listen))
        return await running

    report = opened.do(cancel_after_some())
    assert report.cancelled
    assert 0 < report.indexed < 100
    status = opened.status()
    assert status.photos == status.searchable == report.indexed
    rest = opened.index()
    assert (rest.cancelled, rest.unchanged, rest.indexed) == (False, report.indexed, 100 - report.indexed)
    assert sorted(opened.paths(files[0])) == files


def test_cancelling_a_queued_run_does_not_stop_the_current_run(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 60)

    async def cancel_the_second() -> IndexReport:
        begun = asyncio.Event()
        running = asyncio.create_task(opened.engine.index([photos], lambda _: begun.set()))
        await begun.wait()
        waiting = asyncio.create_task(opened.engine.index([photos]))
        await asyncio.sleep(0)
        waiting.cancel()
        await asyncio.wait([waiting])
        return await running

    assert opened.do(cancel_the_second()).indexed == 60


def test_progress_is_reported_on_the_event_loop_for_each_stage(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 30)
    reported: list[Progress] = []

    async def index() -> None:
        loop = asyncio.get_running_loop()

        def listen(progress: Progress) -> None:
            assert asyncio.get_running_loop() is loop
            reported.append(progress)

        await opened.engine.index([photos], listen)

    opened.do(index())
    stages = [progress.stage for progress in reported]
    assert list(dict.fromkeys(stages)) == [Stage.SCANNING, Stage.EMBEDDING, Stage.STORING]
    assert {progress.total for progress in reported if progress.stage is Stage.EMBEDDING} == {30}


def test_a_query_can_be_bytes(opened: OpenEngine, photos: Path) -> None:
    (file,) = paint_many(photos, 1)
    opened.index(photos)
    assert opened.search(file.read_bytes()) == opened.search(file)
    with pytest.raises(DecodeError):
        opened.search(b"no picture")


def test_a_thumbnail_fits_into_its_square(opened: OpenEngine, photos: Path) -> None:
    photo = paint(photos / "wide.png", 1, (400, 100))
    data = opened.do(opened.engine.thumbnail(photo, 64))
    (photos / "thumbnail.jpg").write_bytes(data)
    with Image.open(photos / "thumbnail.jpg") as image:
        assert (image.format, image.size) == ("JPEG", (64, 16))
