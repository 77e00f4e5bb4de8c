"""Roots in the engine: their rules, changes, offline drives and watching, and pauses of indexing."""

from __future__ import annotations

import asyncio
import os
from contextlib import aclosing, closing
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from core.catalog.database import Database
from core.catalog.photos import Catalog
from core.engine import Engine
from core.errors import FolderError
from core.images.thumbnail import Thumbnail, ThumbnailFiles
from core.library import settings
from core.library.settings import IndexingSettings, Settings
from core.reports import Hold, Stage
from core.search_request import Filters, SearchRequest
from core.types import Changes, Rules
from tests.helpers.engine.catalog_entries import save
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from core.reports import IndexReport, Progress
    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def test_excluded_photos_are_removed_and_return_without_running_the_model(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos / "shots", 3)
    paint(photos / "kept.png", 50)
    opened.index(photos)
    opened.do(opened.engine.set_rules(photos, Rules(exclude="shots/")))
    report = opened.index()
    assert (report.found, report.removed) == (1, 3)
    assert opened.paths(photos / "kept.png") == [photos / "kept.png"]
    opened.do(opened.engine.set_rules(photos, Rules()))
    report = opened.index()
    assert (report.found, report.indexed, report.reused) == (4, 0, 3)


def test_files_smaller_than_the_rules_allow_are_skipped(opened: OpenEngine, photos: Path) -> None:
    small, large = paint(photos / "small.png", 1), paint(photos / "large.png", 2, (400, 400))
    opened.do(opened.engine.add_folder(photos))
    opened.do(opened.engine.set_rules(photos, Rules(smallest=small.stat().st_size + 1)))
    assert opened.do(opened.engine.rules(photos)).smallest == small.stat().st_size + 1
    opened.index()
    assert opened.paths(large) == [large]


def test_invalid_rules_and_rules_for_unknown_folders_are_refused(opened: OpenEngine, photos: Path) -> None:
    photos.mkdir()
    with pytest.raises(FolderError, match="is not in the library"):
        opened.do(opened.engine.set_rules(photos, Rules()))
    opened.do(opened.engine.add_folder(photos))
    with pytest.raises(FolderError, match="cannot be understood"):
        opened.do(opened.engine.set_rules(photos, Rules(exclude="fine\n[[:alpha:]]")))
    assert opened.do(opened.engine.rules(photos)) == Rules()


@pytest.mark.skipif(os.name == "nt", reason="Windows requires a special permission for symbolic links")
def test_a_root_can_be_named_by_a_symbolic_link_to_it(opened: OpenEngine, photos: Path, tmp_path: Path) -> None:
    inside, outside = paint(photos / "in" / "a.png", 1), paint(photos / "b.png", 2)
    opened.index(photos)
    link = tmp_path / "link"
    link.symlink_to(photos)
    opened.do(opened.engine.set_rules(link, Rules("*.tif")))
    assert opened.do(opened.engine.rules(link)) == opened.do(opened.engine.rules(photos)) == Rules("*.tif")
    hits = opened.do(opened.engine.search(SearchRequest.like(outside, filters=Filters(folders=(link / "in",)))))
    assert [hit.path for hit in hits] == [inside]
    with pytest.raises(FolderError, match="is not in the library"):
        opened.do(opened.engine.search(SearchRequest.like(outside, filters=Filters(folders=(tmp_path / "elsewhere",)))))
    assert opened.do(opened.engine.remove_folder(link)) == 2


def test_a_run_merges_two_roots_that_are_the_same_folder(library: Path, photos: Path, tmp_path: Path) -> None:
    paint_many(photos, 3)
    (link := tmp_path / "link").symlink_to(photos, target_is_directory=True)
    thumbnails = ThumbnailFiles(library / "thumbnails")

    async def index(*folders: Path) -> tuple[set[Path], set[Path]]:
        async with Engine(library, Settings()) as engine:
            await engine.index(folders or None)
            hits = await engine.search(SearchRequest.like(photos / "0000.png", top_k=100))
            return {root.root.path for root in (await engine.status()).roots}, {hit.path for hit in hits}

    once = asyncio.run(index(photos))
    with closing(Database(library / "catalog.sqlite")) as database:
        save(Catalog(database), Catalog(database).add_root(link), {"0000.png": 1})
    thumbnails.write(link / "0000.png", Thumbnail(b"picture", 192, b"state"))

    assert asyncio.run(index()) == once == ({photos}, set(photos.iterdir()))
    assert thumbnails.read(link / "0000.png") is None


def test_a_run_with_changes_scans_only_those(opened: OpenEngine, photos: Path) -> None:
    first, second, third = paint_many(photos, 3)
    opened.index(photos)
    new, unseen = paint(photos / "new" / "new.png", 60), paint(photos / "unseen.png", 61)
    second.unlink()
    third.unlink()
    changes = Changes(paths=frozenset([photos / "new", second]))
    report = opened.do(opened.engine.index(changes=changes))
    assert (report.found, report.indexed, report.removed) == (1, 1, 1)
    assert sorted(opened.paths(first)) == sorted([first, third, new])
    (uuid,) = (root.root.uuid for root in opened.status().roots)
    opened.do(opened.engine.index(changes=Changes(roots=frozenset([uuid]))))
    assert sorted(opened.paths(first)) == sorted([first, new, unseen])


def test_a_renamed_photo_among_the_changes_is_not_embedded_again(opened: OpenEngine, photos: Path) -> None:
    first, second = paint_many(photos, 2)
    opened.index(photos)
    renamed = first.rename(photos / "renamed.png")
    report = opened.do(opened.engine.index(changes=Changes(paths=frozenset([first, renamed]))))
    assert (report.moved, report.indexed, report.removed) == (1, 0, 0)
    assert sorted(opened.paths(renamed)) == sorted([renamed, second])


def test_changes_on_a_disconnected_drive_remove_no_photos(opened: OpenEngine, photos: Path) -> None:
    files = paint_many(photos, 3)
    opened.index(photos)
    photos.rename(photos.with_name("pulled"))
    report = opened.do(opened.engine.index(changes=Changes(paths=frozenset(files))))
    assert (report.found, report.removed) == (0, 0)
    photos.mkdir()  # the empty mount point
    opened.do(opened.engine.index(changes=Changes(paths=frozenset(files))))
    assert opened.status().photos == 3
    assert [root.online for root in opened.status().roots] == [False]


def test_rules_saved_for_an_offline_root_apply_when_it_returns(opened: OpenEngine, photos: Path) -> None:
    kept, _ = paint(photos / "kept.png", 1), paint(photos / "shots" / "shot.png", 2)
    opened.index(photos)
    away = photos.rename(photos.with_name("pulled"))
    opened.do(opened.engine.set_rules(photos, Rules(exclude="shots/")))
    assert opened.index().removed == 0
    away.rename(photos)
    (uuid,) = (root.root.uuid for root in opened.status().roots)
    report = opened.do(opened.engine.index(changes=Changes(roots=frozenset([uuid]))))
    assert (report.found, report.removed) == (1, 1)
    assert opened.paths(kept) == [kept]


def test_photos_are_kept_when_their_drive_is_disconnected_during_a_run(opened: OpenEngine, photos: Path) -> None:
    files = paint_many(photos, 6)
    opened.index(photos)
    for number, file in enumerate(files):
        paint(file, 30 + number, (90, 90))

    def disconnect(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and photos.exists():
            photos.rename(photos.with_name("pulled"))

    report = opened.do(opened.engine.index(on_progress=disconnect))
    assert report.failed == ()
    assert [failure.path for failure in report.closed] == [photos]
    query = photos.with_name("pulled") / files[0].name
    assert sorted(opened.paths(query)) == files
    photos.with_name("pulled").rename(photos)
    assert opened.index().indexed == 6


def test_photos_behind_a_link_to_an_offline_drive_are_kept(opened: OpenEngine, photos: Path, tmp_path: Path) -> None:
    first, second = paint(photos / "here.png", 1), paint(tmp_path / "drive" / "there.png", 2)
    (photos / "link").symlink_to(second.parent)
    opened.index(photos)
    second.parent.rename(tmp_path / "pulled")
    assert opened.index().removed == 0
    assert sorted(opened.paths(first)) == [first, photos / "link" / "there.png"]
    (photos / "link").unlink()
    assert opened.index().removed == 1


def test_adding_a_moved_root_again_keeps_it_and_its_photos(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 4)
    opened.index(photos)
    there = photos.rename(photos.with_name("elsewhere"))
    report = opened.index(there)
    assert (report.found, report.unchanged) == (4, 4)
    assert [(root.root.path, root.online) for root in opened.status().roots] == [(there, True)]
    assert opened.paths(there / "0000.png")[0] == there / "0000.png"


def test_a_paused_run_waits_until_it_is_resumed(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 6)
    opened.do(opened.engine.add_folder(photos))

    async def pause_and_resume() -> tuple[list[Progress], IndexReport]:
        reported: list[Progress] = []
        is_held = asyncio.Event()

        def listen(progress: Progress) -> None:
            reported.append(progress)
            if progress.hold is Hold.PAUSED:
                is_held.set()

        opened.engine.pause()
        assert opened.engine.is_paused
        running = asyncio.create_task(opened.engine.index(on_progress=listen))
        await is_held.wait()
        await opened.engine.status()
        assert not running.done()
        opened.engine.resume()
        return reported, await running

    reported, report = opened.do(pause_and_resume())
    assert report.indexed == 6
    assert all(progress.done == 0 for progress in reported if progress.hold is Hold.PAUSED)


def test_a_paused_run_can_be_cancelled(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 6)
    opened.do(opened.engine.add_folder(photos))

    async def pause_and_cancel() -> IndexReport:
        reading = asyncio.Event()

        def listen(progress: Progress) -> None:
            if progress.stage is Stage.EMBEDDING:
                opened.engine.pause()
                reading.set()

        running = asyncio.create_task(opened.engine.index(on_progress=listen))
        await reading.wait()
        running.cancel()
        async with asyncio.timeout(HANG_TIMEOUT):
            return await running

    try:
        assert opened.do(pause_and_cancel()).cancelled
    finally:
        opened.engine.resume()
    assert opened.index().found == 6


def test_indexing_settings_survive_a_restart_and_a_change_of_index(opened: OpenEngine) -> None:
    engine = opened.engine
    try:
        opened.do(engine.set_indexing(IndexingSettings(gentle=True, pause_on_battery=True, watch=False)))
        opened.do(engine.search_index.move(settings.IndexSettings(), ""))
        assert engine.settings.indexing == IndexingSettings(gentle=True, pause_on_battery=True, watch=False)
        assert settings.load(Path(opened.status().uri).parent) == engine.settings
    finally:
        opened.do(engine.set_indexing(IndexingSettings()))


def test_a_gentle_run_indexes_every_photo(opened: OpenEngine, photos: Path) -> None:
    paint_many(photos, 9)
    opened.do(opened.engine.set_indexing(IndexingSettings(gentle=True)))
    try:
        assert opened.index(photos).indexed == 9
    finally:
        opened.do(opened.engine.set_indexing(IndexingSettings()))


def test_watching_keeps_the_library_up_to_date(opened: OpenEngine, photos: Path, tmp_path: Path) -> None:
    first, second = paint_many(photos, 2)
    outside = paint(tmp_path / "outside.png", 70)
    other = paint(tmp_path / "other" / "other.png", 71)
    opened.do(opened.engine.add_folder(photos))
    troubles: list[str] = []

    async def live() -> None:
        async with asyncio.timeout(HANG_TIMEOUT), aclosing(opened.engine.watch(troubles.append)) as all_changes:
            await opened.index_until_found(all_changes, [first, second])
            moved = outside.rename(photos / "inside.png")
            second.unlink()
            await opened.index_until_found(all_changes, [first, moved])
            await opened.engine.add_folder(other.parent)
            await opened.index_until_found(all_changes, [first, moved, other])

    opened.do(live())
    assert troubles == []
