"""The engine and its folders: rules, pauses, drives that come back elsewhere, and what changes while it runs."""

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
from core.types import Changes, Filters, Rules, SearchRequest
from tests.helpers.engine.catalog_entries import save
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANGING

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from core.reports import IndexReport, Progress
    from tests.helpers.engine.fixtures import Opened

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def test_what_the_rules_of_a_folder_exclude_is_forgotten_and_comes_back_without_the_model(
    opened: Opened, photos: Path
) -> None:
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


def test_small_files_are_passed_over_where_the_folder_says_so(opened: Opened, photos: Path) -> None:
    small, large = paint(photos / "small.png", 1), paint(photos / "large.png", 2, (400, 400))
    opened.do(opened.engine.add_folder(photos))
    opened.do(opened.engine.set_rules(photos, Rules(smallest=small.stat().st_size + 1)))
    assert opened.do(opened.engine.rules(photos)).smallest == small.stat().st_size + 1
    opened.index()
    assert opened.paths(large) == [large]


def test_rules_without_a_meaning_and_for_unknown_folders_are_refused(opened: Opened, photos: Path) -> None:
    photos.mkdir()
    with pytest.raises(FolderError, match="is not in the library"):
        opened.do(opened.engine.set_rules(photos, Rules()))
    opened.do(opened.engine.add_folder(photos))
    with pytest.raises(FolderError, match="cannot be understood"):
        opened.do(opened.engine.set_rules(photos, Rules(exclude="fine\n[[:alpha:]]")))
    assert opened.do(opened.engine.rules(photos)) == Rules()


@pytest.mark.skipif(os.name == "nt", reason="links need a right of their own on Windows")
def test_a_folder_may_be_called_by_a_link_to_it(opened: Opened, photos: Path, tmp_path: Path) -> None:
    inside, outside = paint(photos / "in" / "a.png", 1), paint(photos / "b.png", 2)
    opened.index(photos)
    link = tmp_path / "link"
    link.symlink_to(photos)
    opened.do(opened.engine.set_rules(link, Rules("*.tif")))
    assert opened.do(opened.engine.rules(link)) == opened.do(opened.engine.rules(photos)) == Rules("*.tif")
    hits = opened.do(opened.engine.search(SearchRequest(outside, filters=Filters(folders=(link / "in",)))))
    assert [hit.path for hit in hits] == [inside]
    with pytest.raises(FolderError, match="is not in the library"):
        opened.do(opened.engine.search(SearchRequest(outside, filters=Filters(folders=(tmp_path / "elsewhere",)))))
    assert opened.do(opened.engine.remove_folder(link)) == 2


def test_two_folders_that_prove_to_be_one_are_one_after_a_run(library: Path, photos: Path, tmp_path: Path) -> None:
    paint_many(photos, 3)
    (link := tmp_path / "link").symlink_to(photos, target_is_directory=True)
    thumbnails = ThumbnailFiles(library / "thumbnails")

    async def index(*folders: Path) -> tuple[set[Path], set[Path]]:
        async with Engine(library, Settings()) as engine:
            await engine.index(folders or None)
            hits = await engine.search(SearchRequest(photos / "0000.png", top_k=100))
            return {root.root.path for root in (await engine.status()).roots}, {hit.path for hit in hits}

    once = asyncio.run(index(photos))
    with closing(Database(library / "catalog.sqlite")) as database:
        save(Catalog(database), Catalog(database).add_root(link), {"0000.png": 1})
    thumbnails.write(link / "0000.png", Thumbnail(b"picture", 192, b"state"))

    assert asyncio.run(index()) == once == ({photos}, set(photos.iterdir()))
    assert thumbnails.read(link / "0000.png") is None


def test_only_what_has_changed_is_looked_at(opened: Opened, photos: Path) -> None:
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


def test_a_rename_among_the_changes_does_without_the_model(opened: Opened, photos: Path) -> None:
    first, second = paint_many(photos, 2)
    opened.index(photos)
    renamed = first.rename(photos / "renamed.png")
    report = opened.do(opened.engine.index(changes=Changes(paths=frozenset([first, renamed]))))
    assert (report.moved, report.indexed, report.removed) == (1, 0, 0)
    assert sorted(opened.paths(renamed)) == sorted([renamed, second])


def test_changes_on_a_drive_that_was_pulled_out_forget_nothing(opened: Opened, photos: Path) -> None:
    files = paint_many(photos, 3)
    opened.index(photos)
    photos.rename(photos.with_name("pulled"))
    report = opened.do(opened.engine.index(changes=Changes(paths=frozenset(files))))
    assert (report.found, report.removed) == (0, 0)
    photos.mkdir()  # its mount point
    opened.do(opened.engine.index(changes=Changes(paths=frozenset(files))))
    assert opened.status().photos == 3
    assert [root.online for root in opened.status().roots] == [False]


def test_a_drive_that_is_pulled_out_while_it_is_read_keeps_its_photos(opened: Opened, photos: Path) -> None:
    files = paint_many(photos, 6)
    opened.index(photos)
    for number, file in enumerate(files):
        paint(file, 30 + number, (90, 90))

    def pull(progress: Progress) -> None:
        if progress.stage is Stage.EMBEDDING and photos.exists():
            photos.rename(photos.with_name("pulled"))

    report = opened.do(opened.engine.index(on_progress=pull))
    assert report.failed == ()
    assert [failure.path for failure in report.closed] == [photos]
    query = photos.with_name("pulled") / files[0].name
    assert sorted(opened.paths(query)) == files
    photos.with_name("pulled").rename(photos)
    assert opened.index().indexed == 6


def test_photos_behind_a_link_to_a_drive_that_is_away_are_kept(opened: Opened, photos: Path, tmp_path: Path) -> None:
    first, second = paint(photos / "here.png", 1), paint(tmp_path / "drive" / "there.png", 2)
    (photos / "link").symlink_to(second.parent)
    opened.index(photos)
    second.parent.rename(tmp_path / "pulled")
    assert opened.index().removed == 0
    assert sorted(opened.paths(first)) == [first, photos / "link" / "there.png"]
    (photos / "link").unlink()
    assert opened.index().removed == 1


def test_a_folder_that_comes_back_under_another_path_is_the_same_when_it_is_added(opened: Opened, photos: Path) -> None:
    paint_many(photos, 4)
    opened.index(photos)
    there = photos.rename(photos.with_name("elsewhere"))
    report = opened.index(there)
    assert (report.found, report.unchanged) == (4, 4)
    assert [(root.root.path, root.online) for root in opened.status().roots] == [(there, True)]
    assert opened.paths(there / "0000.png")[0] == there / "0000.png"


def test_a_pause_holds_a_run_until_it_goes_on(opened: Opened, photos: Path) -> None:
    paint_many(photos, 6)
    opened.do(opened.engine.add_folder(photos))

    async def pause_and_go_on() -> tuple[list[Progress], IndexReport]:
        told: list[Progress] = []
        held = asyncio.Event()

        def listen(progress: Progress) -> None:
            told.append(progress)
            if progress.hold is Hold.PAUSED:
                held.set()

        opened.engine.pause()
        assert opened.engine.is_paused
        running = asyncio.create_task(opened.engine.index(on_progress=listen))
        await held.wait()
        await opened.engine.status()
        assert not running.done()
        opened.engine.resume()
        return told, await running

    told, report = opened.do(pause_and_go_on())
    assert report.indexed == 6
    assert all(progress.done == 0 for progress in told if progress.hold is Hold.PAUSED)


def test_a_paused_run_can_be_cancelled(opened: Opened, photos: Path) -> None:
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
        async with asyncio.timeout(HANGING):
            return await running

    try:
        assert opened.do(pause_and_cancel()).cancelled
    finally:
        opened.engine.resume()
    assert opened.index().found == 6


def test_how_indexing_is_to_behave_survives_the_next_start_and_a_change_of_index(opened: Opened) -> None:
    engine = opened.engine
    try:
        opened.do(engine.set_indexing(IndexingSettings(gentle=True, pause_on_battery=True, watch=False)))
        opened.do(engine.search_index.move(settings.IndexSettings(), ""))
        assert engine.settings.indexing == IndexingSettings(gentle=True, pause_on_battery=True, watch=False)
        assert settings.load(Path(opened.status().uri).parent) == engine.settings
    finally:
        opened.do(engine.set_indexing(IndexingSettings()))


def test_a_gentle_run_gets_everything_done(opened: Opened, photos: Path) -> None:
    paint_many(photos, 9)
    opened.do(opened.engine.set_indexing(IndexingSettings(gentle=True)))
    try:
        assert opened.index(photos).indexed == 9
    finally:
        opened.do(opened.engine.set_indexing(IndexingSettings()))


async def _follow(opened: Opened, all_changes: AsyncGenerator[Changes, None], wanted: set[Path], query: Path) -> None:
    """Index what changes until these photos are found and no others."""
    async for changes in all_changes:
        await opened.engine.index(changes=changes)
        if {hit.path for hit in await opened.engine.search(SearchRequest(query, top_k=1000, views="one"))} == wanted:
            return


def test_the_watch_keeps_the_library_current(opened: Opened, photos: Path, tmp_path: Path) -> None:
    first, second = paint_many(photos, 2)
    outside = paint(tmp_path / "outside.png", 70)
    other = paint(tmp_path / "other" / "other.png", 71)
    opened.do(opened.engine.add_folder(photos))
    troubles: list[str] = []

    async def live() -> None:
        async with asyncio.timeout(HANGING), aclosing(opened.engine.watch(troubles.append)) as all_changes:
            await _follow(opened, all_changes, {first, second}, first)
            moved = outside.rename(photos / "inside.png")
            second.unlink()
            await _follow(opened, all_changes, {first, moved}, first)
            await opened.engine.add_folder(other.parent)
            await _follow(opened, all_changes, {first, moved, other}, first)

    opened.do(live())
    assert troubles == []
