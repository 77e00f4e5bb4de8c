"""A new version of the model embeds the photos of a library."""

from __future__ import annotations

import asyncio
import sqlite3
from typing import TYPE_CHECKING

import pytest

from core.catalog.outdated_embeddings import OutdatedEmbeddings
from core.errors import UnreadableError
from core.indexing import model_upgrade
from core.indexing.model_upgrade import ModelUpgrade
from core.indexing.progress import Meter
from core.reports import Stage
from core.vectors.exact import ExactIndex
from tests.helpers.indexing.bench import FakeEmbedder, paint, paint_many

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from core.images.reader import ReadPhoto
    from core.reports import Progress
    from tests.helpers.indexing.bench import Bench

OLD, NEW = "fake-1", "fake-2"


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def use_new_model(bench: Bench) -> OutdatedEmbeddings:
    """Let the bench use another model, with an empty index, and return what it has to embed."""
    bench.embedder, bench.index = FakeEmbedder(NEW), ExactIndex()
    return OutdatedEmbeddings(bench.database, OLD, NEW)


def upgrade(bench: Bench, *folders: Path, on_progress: Callable[[Progress], None] = lambda _: None) -> bool:
    async def run() -> bool:
        async with bench.synced_index() as synced_index:
            await synced_index.wait_until_complete()
            meter = Meter(on_progress)
            outdated = OutdatedEmbeddings(bench.database, OLD, NEW)
            context = bench.run_context(synced_index, meter)
            return await ModelUpgrade(context, outdated, meter).run([bench.root(folder) for folder in folders])

    return asyncio.run(run())


def rows(bench: Bench) -> list[tuple[object, ...]]:
    """Return everything that the catalog records of photos and contents."""
    with sqlite3.connect(bench.folder / "catalog.sqlite") as db:
        return [*db.execute("SELECT * FROM photo ORDER BY id"), *db.execute("SELECT * FROM content ORDER BY key")]


def execute(bench: Bench, statement: str) -> None:
    with bench.database.transaction() as db:
        db.execute(statement)


@pytest.mark.parametrize("piece", [1, 2, 512])
def test_all_photos_are_embedded_and_searchable_and_their_records_stay(
    bench: Bench, photos: Path, piece: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_upgrade, "PIECE", piece)
    files = paint_many(photos, 5)
    bench.run(photos)
    outdated, before = use_new_model(bench), rows(bench)
    assert (outdated.count(), bench.paths()) == (5, [])

    assert upgrade(bench, photos)

    assert (outdated.count(), bench.embedder.embedded) == (0, 5 + 1)  # `paths` embeds one
    assert bench.paths() == files
    assert rows(bench) == before
    assert bench.run(photos).unchanged == 5


def test_copies_are_embedded_once(bench: Bench, photos: Path) -> None:
    for name in ("a", "b", "c"):
        paint(photos / f"{name}.png", seed=1)
    bench.run(photos)
    assert use_new_model(bench).count() == 1
    assert upgrade(bench, photos)
    assert bench.embedder.embedded == 1
    assert len(bench.paths()) == 3


def test_photos_of_other_roots_are_left(bench: Bench, photos: Path, tmp_path: Path) -> None:
    paint_many(photos, 2)
    paint_many(tmp_path / "drive", 3, first_seed=10)
    bench.run(photos, tmp_path / "drive")
    outdated = use_new_model(bench)
    assert not upgrade(bench, photos)
    assert outdated.count() == 3
    assert upgrade(bench, photos, tmp_path / "drive")
    assert bench.embedder.embedded == 5


def test_photos_that_cannot_be_read_or_have_changed_do_not_hold_up_the_new_model(bench: Bench, photos: Path) -> None:
    gone, broken, changed, same = paint_many(photos, 4)
    bench.run(photos)
    use_new_model(bench)
    before = rows(bench)
    gone.unlink()
    broken.write_bytes(b"broken")
    paint(changed, seed=99)
    assert upgrade(bench, photos)
    assert bench.paths() == [same]
    assert rows(bench) == before  # so that the next indexing run finds what has changed
    report = bench.run(photos)
    assert (report.indexed, len(report.failed), report.removed, report.unchanged) == (1, 1, 1, 1)


@pytest.mark.parametrize(("unreadable", "is_complete"), [(1, True), (2, False), (4, False)])
def test_more_than_a_few_photos_that_may_be_readable_later_hold_up_the_new_model(
    bench: Bench, photos: Path, unreadable: int, is_complete: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    files = paint_many(photos, 4)
    bench.run(photos)
    use_new_model(bench)
    read = bench.read

    def read_some(path: Path) -> ReadPhoto:
        if path in files[:unreadable]:
            raise UnreadableError("The file cannot be read.")
        return read(path)

    monkeypatch.setattr(bench, "read", read_some)
    assert upgrade(bench, photos) == is_complete
    assert bench.paths() == files[unreadable:]


def test_photos_that_one_root_lacks_and_another_has_are_embedded(bench: Bench, photos: Path, tmp_path: Path) -> None:
    for folder in (photos, tmp_path / "backup"):
        paint(folder / "a.png", seed=1)
    bench.run(photos, tmp_path / "backup")
    use_new_model(bench)
    (photos / "a.png").unlink()
    assert upgrade(bench, photos, tmp_path / "backup")
    assert len(bench.paths()) == 2


def test_photo_that_is_gone_holds_up_the_new_model_if_another_root_may_have_it(
    bench: Bench, photos: Path, tmp_path: Path
) -> None:
    for folder in (photos, tmp_path / "drive"):
        paint(folder / "a.png", seed=1)
    bench.run(photos, tmp_path / "drive")
    use_new_model(bench)
    (photos / "a.png").unlink()
    assert not upgrade(bench, photos)
    assert upgrade(bench, photos, tmp_path / "drive")


def test_copy_in_the_same_root_is_read_if_another_is_gone(bench: Bench, photos: Path) -> None:
    copies = [paint(photos / f"{name}.png", seed=1) for name in ("a", "b", "c")]
    bench.run(photos)
    for gone in copies[:2]:
        use_new_model(bench)
        gone.unlink()
        assert upgrade(bench, photos)
        assert bench.embedder.embedded == 1
        execute(bench, "DELETE FROM model WHERE key = 'fake-2'")


def test_photos_of_which_only_the_preview_was_read_hold_up_the_new_model(bench: Bench, photos: Path) -> None:
    paint_many(photos, 2)
    bench.run(photos)
    use_new_model(bench)
    execute(bench, "UPDATE content SET provisional = 1 WHERE key = (SELECT min(key) FROM content)")
    assert not upgrade(bench, photos)
    assert bench.embedder.embedded == 1


def test_photos_on_a_drive_in_a_root_that_is_not_connected_hold_up_the_new_model(bench: Bench, photos: Path) -> None:
    paint_many(photos / "drive", 3)
    here = paint(photos / "here.png", seed=9)
    bench.run(photos)
    use_new_model(bench)
    bench.catalog.set_mounts(bench.root(photos), [photos / "drive"])  # but nothing is mounted there
    assert not upgrade(bench, photos)
    assert bench.paths() == [here]


def test_upgrade_without_outdated_photos_reads_nothing(bench: Bench, photos: Path) -> None:
    paint_many(photos, 2)
    bench.run(photos)
    use_new_model(bench)
    assert upgrade(bench, photos)
    (photos / "0000.png").unlink()  # would be missed
    assert upgrade(bench, photos)
    assert bench.embedder.embedded == 2


def test_cancelled_upgrade_keeps_what_is_done_and_the_next_one_continues(
    bench: Bench, photos: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(model_upgrade, "PIECE", 8)
    files = paint_many(photos, 40)
    bench.run(photos)
    outdated = use_new_model(bench)
    bench.embedder.on_embed = lambda: stop() if bench.embedder.embedded >= 12 else None
    main: list[asyncio.Task[object]] = []
    loops: list[asyncio.AbstractEventLoop] = []

    def stop() -> None:
        loops[0].call_soon_threadsafe(main[0].cancel)

    def note(_: Progress) -> None:
        if not main and (task := asyncio.current_task()):
            main.append(task)
            loops.append(asyncio.get_running_loop())

    with pytest.raises(asyncio.CancelledError):
        upgrade(bench, photos, on_progress=note)

    left = outdated.count()
    assert 0 < left < 40
    bench.embedder = FakeEmbedder(NEW)
    assert upgrade(bench, photos)
    assert bench.embedder.embedded == left
    assert bench.paths() == files


def test_progress_counts_the_photos_of_the_upgrade(bench: Bench, photos: Path) -> None:
    paint_many(photos, 3)
    bench.run(photos)
    use_new_model(bench)
    shown: list[Progress] = []
    upgrade(bench, photos, on_progress=shown.append)
    assert {progress.total for progress in shown if progress.stage is Stage.UPGRADING} == {3}
    assert shown[-1].stage is Stage.STORING


def test_forgotten_model_leaves_no_embeddings_and_no_index_records(bench: Bench, photos: Path) -> None:
    paint_many(photos, 2)
    bench.run(photos)
    outdated = use_new_model(bench)
    upgrade(bench, photos)
    assert outdated.has_old_model()
    outdated.forget_old_model()
    assert not outdated.has_old_model()
    with sqlite3.connect(bench.folder / "catalog.sqlite") as db:
        assert db.execute("SELECT key, count(*) FROM embedding JOIN model ON model.id = model").fetchall() == [(NEW, 2)]
        assert db.execute("SELECT DISTINCT model FROM target").fetchall() == [(NEW,)]
        assert db.execute("SELECT count(*) FROM indexed").fetchone() == (2,)
