from __future__ import annotations

import asyncio
import shutil
import threading
from typing import TYPE_CHECKING

import pytest

from core.errors import VectorIndexError
from core.indexing.pipeline import AHEAD, EMBED_BATCH, STORE_BATCH
from core.indexing.run import LOOKAHEAD
from core.reports import Stage
from core.types import Changes
from core.vectors.exact import ExactIndex
from core.workers import run
from tests.helpers.indexing.bench import Bench, FakeEmbedder, paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from core.reports import IndexReport, Progress
    from core.vectors.index import Row


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def _counts(report: IndexReport) -> dict[str, int]:
    """Return the counts that are not 0."""
    named = {name: getattr(report, name) for name in ("indexed", "reused", "unchanged", "moved", "removed")}
    assert report.found == sum(named.values()) - report.removed + len(report.failed)
    return {name: count for name, count in {**named, "failed": len(report.failed)}.items() if count}


def test_every_photo_of_the_folder_becomes_searchable(bench: Bench, photos: Path) -> None:
    files = [*paint_many(photos, 20), paint(photos / "deeper" / "still" / "here.jpg", 99)]
    (photos / "notes.txt").write_text("no picture")
    report = bench.run(photos)
    assert _counts(report) == {"indexed": 21}
    assert (report.found, report.ignored, report.model, report.dim) == (21, 1, "fake", bench.embedder.dim)
    assert bench.paths() == sorted(files)


def test_a_second_run_reads_and_embeds_nothing(bench: Bench, photos: Path) -> None:
    paint_many(photos, 20)
    bench.run(photos)
    bench.embedder.batches.clear()
    bench.embedder.input_reads = 0
    assert _counts(bench.run(photos)) == {"unchanged": 20}
    assert (bench.embedder.embedded, bench.embedder.input_reads) == (0, 0)


def test_an_empty_folder_is_not_an_error(bench: Bench, photos: Path) -> None:
    report = bench.run(photos)
    assert (report.found, report.images_per_second, report.cancelled) == (0, 0.0, False)


def test_only_the_new_photo_is_embedded(bench: Bench, photos: Path) -> None:
    paint_many(photos, 5)
    bench.run(photos)
    paint(photos / "new.png", 70)
    assert _counts(bench.run(photos)) == {"indexed": 1, "unchanged": 5}
    assert bench.embedder.embedded == 6


def test_a_changed_photo_is_found_by_its_new_content(bench: Bench, photos: Path) -> None:
    changed, other = paint_many(photos, 2)
    bench.run(photos)
    before = changed.read_bytes()
    paint(changed, 50, (90, 90))
    assert _counts(bench.run(photos)) == {"indexed": 1, "unchanged": 1}
    assert bench.search(changed)[0].path == changed
    assert bench.search(changed)[0].score == pytest.approx(1.0, abs=1e-4)
    assert bench.search(before)[0].score < 0.999
    assert bench.paths() == [changed, other]


def test_a_renamed_photo_is_not_embedded_again(bench: Bench, photos: Path) -> None:
    old, _ = paint_many(photos, 2)
    bench.run(photos)
    new = old.rename(photos / "renamed.png")
    assert _counts(bench.run(photos)) == {"moved": 1, "unchanged": 1}
    assert bench.embedder.embedded == 2
    assert bench.search(new)[0].path == new
    assert old not in bench.paths()


def test_a_photo_moved_to_another_root_is_not_embedded_again(bench: Bench, tmp_path: Path) -> None:
    here, there = tmp_path / "here", tmp_path / "there"
    old, other = paint_many(here, 2)
    there.mkdir()
    bench.run(here, there)
    new = old.rename(there / "moved.png")
    paint(there / "another.png", 77)
    assert _counts(bench.run(here, there)) == {"moved": 1, "unchanged": 1, "indexed": 1}
    assert bench.embedder.embedded == 3
    assert bench.paths() == sorted([other, new, there / "another.png"])


def test_a_copy_reuses_the_embedding_and_is_found_with_its_original(bench: Bench, photos: Path) -> None:
    (original,) = paint_many(photos, 1)
    bench.run(photos)
    shutil.copy(original, photos / "copy.png")
    assert _counts(bench.run(photos)) == {"reused": 1, "unchanged": 1}
    assert bench.embedder.embedded == 1
    assert [hit.path for hit in bench.search(original)] == [original, photos / "copy.png"]


def test_a_renamed_photo_counts_as_moved_once_and_its_copy_as_reused(bench: Bench, photos: Path) -> None:
    original, _ = paint_many(photos, 2)
    bench.run(photos)
    shutil.copy(original, photos / "one.png")
    original.rename(photos / "two.png")
    assert _counts(bench.run(photos)) == {"moved": 1, "reused": 1, "unchanged": 1}


def test_a_deleted_photo_is_no_longer_found(bench: Bench, photos: Path) -> None:
    gone, stays = paint_many(photos, 2)
    bench.run(photos)
    gone.unlink()
    assert _counts(bench.run(photos)) == {"unchanged": 1, "removed": 1}
    assert bench.paths() == [stays]


def test_a_restored_photo_is_not_embedded_again(bench: Bench, photos: Path) -> None:
    back, _ = paint_many(photos, 2)
    bench.run(photos)
    data = back.read_bytes()
    back.unlink()
    bench.run(photos)
    back.write_bytes(data)
    assert _counts(bench.run(photos)) == {"reused": 1, "unchanged": 1}
    assert bench.embedder.embedded == 2


def test_identical_photos_are_embedded_once(bench: Bench, photos: Path) -> None:
    (first,) = paint_many(photos, 1)
    for name in ("b.png", "c.png"):
        shutil.copy(first, photos / name)
    assert _counts(bench.run(photos)) == {"indexed": 1, "reused": 2}
    assert bench.embedder.embedded == 1
    assert len(bench.paths()) == 3


def test_copies_that_are_stored_before_their_original_is_embedded_are_found(bench: Bench, photos: Path) -> None:
    (first,) = paint_many(photos, 1)
    for number in range(STORE_BATCH + 10):
        shutil.copy(first, photos / f"copy-{number}.png")
    assert _counts(bench.run(photos)) == {"indexed": 1, "reused": STORE_BATCH + 10}
    assert len(bench.paths()) == STORE_BATCH + 11
    assert _counts(bench.run(photos)) == {"unchanged": STORE_BATCH + 11}


def test_the_model_gets_full_batches_and_one_remainder(bench: Bench, photos: Path) -> None:
    paint_many(photos, 2 * EMBED_BATCH + 1)
    bench.run(photos)
    assert sorted(bench.embedder.background_batches) == [1, EMBED_BATCH, EMBED_BATCH]


def test_decoding_stays_within_the_lookahead_of_the_model(bench: Bench, photos: Path) -> None:
    most = (AHEAD + 1) * EMBED_BATCH + LOOKAHEAD
    paint_many(photos, most + 60)
    go_on = threading.Event()

    async def count_reads() -> int:
        begun, loop = asyncio.Event(), asyncio.get_running_loop()

        def block() -> None:
            loop.call_soon_threadsafe(begun.set)
            go_on.wait(HANG_TIMEOUT)

        bench.embedder.on_embed = block
        task = asyncio.create_task(bench.update([bench.root(photos)]))
        await begun.wait()
        reads = idle = 0
        while idle < 30:
            await run(bench.workers.decode, int)  # runs after all queued reads
            idle, reads = (idle + 1, reads) if bench.embedder.input_reads == reads else (0, bench.embedder.input_reads)
        go_on.set()
        await task
        return reads

    assert EMBED_BATCH <= asyncio.run(count_reads()) <= most


def test_an_unreadable_photo_is_reported_by_every_run_and_found_once_repaired(bench: Bench, photos: Path) -> None:
    good = paint(photos / "good.png", 1)
    broken = photos / "broken.jpg"
    broken.write_bytes(b"\xff\xd8\xff" + bytes(20_000))
    first = bench.run(photos)
    assert _counts(first) == {"indexed": 1, "failed": 1}
    assert first.failed[0].path == broken
    assert first.failed[0].reason
    assert bench.run(photos).failed == first.failed
    broken.write_bytes(good.read_bytes() + b" ")
    assert _counts(bench.run(photos)) == {"indexed": 1, "unchanged": 1}
    assert bench.read_catalog.failures() == []


def test_only_a_run_of_everything_reads_an_unreadable_photo_again(bench: Bench, photos: Path) -> None:
    photos.mkdir()
    (photos / "broken.jpg").write_bytes(b"\xff\xd8\xff" + bytes(20_000))
    first = bench.run(photos)
    root = bench.root(photos)
    bench.embedder.input_reads = 0
    background = asyncio.run(bench.update([root], changes=Changes(roots=frozenset([root.uuid]))))
    assert (background.failed, bench.embedder.input_reads) == (first.failed, 0)
    assert (bench.run(photos).failed, bench.embedder.input_reads) == (first.failed, 1)


def test_a_photo_that_becomes_damaged_is_no_longer_found(bench: Bench, photos: Path) -> None:
    breaks, stays = paint_many(photos, 2)
    bench.run(photos)
    breaks.write_bytes(b"\x89PNG\r\n\x1a\n and then nothing")
    assert _counts(bench.run(photos)) == {"unchanged": 1, "failed": 1}
    assert bench.paths() == [stays]


def test_a_temporarily_missing_photo_is_read_by_the_next_run(bench: Bench, photos: Path) -> None:
    away, _ = paint_many(photos, 2)
    aside = photos.parent / "aside.png"

    def hide(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and away.exists():
            away.rename(aside)  # after the scan has seen it, before it is read

    assert _counts(bench.run(photos, on_progress=hide)) == {"indexed": 1, "failed": 1}
    aside.rename(away)
    assert _counts(bench.run(photos)) == {"indexed": 1, "unchanged": 1}


def test_the_library_itself_is_not_indexed(bench: Bench) -> None:
    paint(bench.folder / "thumbnails" / "a.png", 1)
    photo = paint(bench.folder.parent / "mine.png", 2)
    assert bench.run(bench.folder.parent).found == 1
    assert bench.paths() == [photo]


def test_two_models_have_their_own_embeddings_of_the_same_photos(bench: Bench, photos: Path) -> None:
    paint_many(photos, 3)
    bench.run(photos)
    first, first_index = bench.embedder, bench.index
    bench.embedder, bench.index = FakeEmbedder("fake-2"), ExactIndex()
    assert _counts(bench.run(photos)) == {"indexed": 3}
    assert bench.embedder.embedded == 3
    bench.embedder, bench.index = first, first_index
    assert _counts(bench.run(photos)) == {"unchanged": 3}
    assert first.embedded == 3
    assert len(bench.paths()) == 3


def test_a_change_indexed_with_one_model_is_also_indexed_with_the_other(bench: Bench, photos: Path) -> None:
    changed, gone = paint_many(photos, 2)
    first, first_index = bench.embedder, bench.index
    bench.run(photos)
    bench.embedder, bench.index = FakeEmbedder("fake-2"), ExactIndex()
    bench.run(photos)
    paint(changed, 60)
    gone.unlink()
    bench.run(photos)
    bench.embedder, bench.index = first, first_index
    assert _counts(bench.run(photos)) == {"indexed": 1}
    assert bench.paths() == [changed]


def test_progress_counts_up_to_the_number_of_photos_to_read(bench: Bench, photos: Path) -> None:
    paint_many(photos, 40)
    bench.run(photos)
    paint_many(photos, 60, first_seed=500)
    reports: list[Progress] = []
    bench.run(photos, on_progress=reports.append)
    stages = [progress.stage for progress in reports]
    assert list(dict.fromkeys(stages)) == [Stage.SCANNING, Stage.EMBEDDING, Stage.STORING]
    assert sorted(stages, key=list(Stage).index) == stages
    embedding = [progress for progress in reports if progress.stage is Stage.EMBEDDING]
    assert {progress.total for progress in embedding} == {60}
    done = [progress.done for progress in embedding]
    assert done == sorted(done)
    assert done[-1] <= 60


def _cancelled_at(bench: Bench, batch: int, *folders: Path) -> IndexReport:
    """Return the report of a run whose task is cancelled while the model runs the given batch."""

    async def cancelled() -> IndexReport:
        loop = asyncio.get_running_loop()
        task = asyncio.ensure_future(bench.update([bench.root(folder) for folder in folders]))
        left = iter(range(batch - 1))

        def cancel() -> None:
            if next(left, None) is None:
                loop.call_soon_threadsafe(task.cancel)

        bench.embedder.on_embed = cancel
        return await task

    try:
        return asyncio.run(cancelled())
    finally:
        bench.embedder.on_embed = lambda: None


@pytest.mark.parametrize("batch", [1, 2, 9, 12])
def test_cancelling_keeps_indexed_photos_and_the_next_run_indexes_the_rest(
    bench: Bench, photos: Path, batch: int
) -> None:
    files = paint_many(photos, 13 * EMBED_BATCH)
    report = _cancelled_at(bench, batch, photos)
    assert report.cancelled
    assert report.found == len(files)
    assert report.indexed >= (batch - 1) * EMBED_BATCH
    assert len(bench.paths()) == report.indexed
    rest = bench.run(photos)
    assert not rest.cancelled
    assert _counts(rest) == {
        name: count
        for name, count in {"indexed": len(files) - report.indexed, "unchanged": report.indexed}.items()
        if count
    }
    assert bench.paths() == files


def test_a_cancelled_run_keeps_renamed_photos_that_it_did_not_reach(bench: Bench, tmp_path: Path) -> None:
    first, second = tmp_path / "first", tmp_path / "second"
    paint_many(first, 2)
    (old,) = paint_many(second, 1, first_seed=900)
    bench.run(first, second)
    paint_many(first, 3 * EMBED_BATCH, first_seed=100)
    old.rename(second / "renamed.png")
    assert _cancelled_at(bench, 2, first, second).cancelled
    assert bench.run(first, second).indexed <= 3 * EMBED_BATCH - EMBED_BATCH
    assert bench.search(second / "renamed.png")[0].path == second / "renamed.png"


class FailingIndex(ExactIndex):
    """An index that rejects rows after `good_calls` writes, until `left` is raised."""

    def __init__(self, good_calls: int) -> None:
        super().__init__()
        self.left = good_calls
        self.refused = 0

    def upsert(self, rows: Sequence[Row]) -> None:
        if rows:
            self.left -= 1
            if self.left < 0:
                self.refused += 1
                raise VectorIndexError("The search index is out of reach.")
        super().upsert(rows)


@pytest.mark.parametrize("good_calls", [0, 1, 2])
def test_an_index_error_ends_the_run_and_the_next_run_completes_the_index(
    tmp_path: Path, photos: Path, good_calls: int
) -> None:
    files = paint_many(photos, 2 * STORE_BATCH + 40)
    index = FailingIndex(good_calls)
    with Bench(tmp_path / "library", index=index) as bench:
        with pytest.raises(VectorIndexError, match="out of reach"):
            bench.run(photos)
        assert index.refused == 1, "something was written after the first error"
        index.left = 1000
        report = bench.run(photos)
        assert report.indexed + report.unchanged == len(files)
        assert report.unchanged >= STORE_BATCH, "photos embedded before the error were embedded again"
        assert bench.paths() == files
