"""Roots that contain other roots, and the empty mount points of offline drives."""

from __future__ import annotations

import asyncio
from contextlib import aclosing
from typing import TYPE_CHECKING

import pytest

from core.types import Changes, Rules
from tests.helpers.indexing.bench import paint, paint_many
from tests.helpers.limits import HANG_TIMEOUT

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


def test_adding_an_outer_root_keeps_the_rules_and_photos_of_inner_roots(opened: OpenEngine, tmp_path: Path) -> None:
    home, photos, drive = tmp_path / "home", tmp_path / "home" / "photos", tmp_path / "home" / "mnt" / "drive"
    plain = paint(home / "plain" / "plain.png", 70)
    kept, skipped = paint(photos / "kept.png", 60), paint(photos / "skipped.tmp.png", 61)
    away = paint_many(drive, 3)
    for folder in (drive, photos, plain.parent):
        opened.do(opened.engine.add_folder(folder))
    opened.do(opened.engine.set_rules(photos, Rules("*.tmp.png")))
    opened.index()
    drive.rename(tmp_path / "drawer")
    (drive / ".Trashes").mkdir(parents=True)
    report = opened.index(home)
    assert (report.indexed, report.removed, report.closed) == (0, 0, ())
    roots = {root.root.path: root for root in opened.status().roots}
    assert {path: root.online for path, root in roots.items()} == {home: True, photos: True, drive: False}
    assert roots[photos].root.rules == Rules("*.tmp.png")
    assert sorted(opened.paths(kept)) == sorted([kept, plain, *away])
    (drive / ".Trashes").rmdir()
    drive.rmdir()
    (tmp_path / "drawer").rename(drive)
    report = opened.index(home)
    assert (report.found, report.unchanged) == (5, 5)
    assert sorted(opened.paths(skipped)) == sorted([kept, plain, *away])


def test_indexing_an_outer_root_also_indexes_new_photos_of_its_inner_roots(opened: OpenEngine, photos: Path) -> None:
    inner = photos / "inner"
    inner.mkdir(parents=True)
    opened.do(opened.engine.add_folder(inner))
    opened.do(opened.engine.set_rules(inner, Rules("*.tmp.png")))
    opened.index(photos)
    new = paint(inner / "new.png", 1)
    assert opened.index(photos).indexed == 1
    assert opened.paths(new) == [new]


@pytest.mark.parametrize("left", [".Trashes", ".DS_Store"])
def test_a_root_is_offline_if_its_mount_point_has_only_hidden_entries(
    opened: OpenEngine, photos: Path, left: str
) -> None:
    files = paint_many(photos, 3)
    opened.index(photos)
    there = photos.rename(photos.with_name("drawer"))
    photos.mkdir()
    (photos / left).mkdir() if left == ".Trashes" else (photos / left).touch()
    assert opened.index().removed == 0
    assert opened.do(opened.engine.index(changes=Changes(paths=frozenset(files)))).removed == 0
    assert [(root.online, root.photos) for root in opened.status().roots] == [(False, 3)]
    assert sorted(opened.paths(there / files[0].name)) == files


@pytest.mark.slow
def test_watching_keeps_nested_roots_up_to_date(opened: OpenEngine, photos: Path) -> None:
    inner = photos / "inner"
    outside, inside = paint(photos / "outside.png", 1), paint(inner / "inside.png", 2)
    opened.do(opened.engine.add_folder(inner))
    opened.do(opened.engine.set_rules(inner, Rules("*.tmp.png")))
    opened.do(opened.engine.add_folder(photos))

    async def live() -> None:
        async with asyncio.timeout(HANG_TIMEOUT), aclosing(opened.engine.watch(lambda _: None)) as all_changes:
            await opened.index_until_found(all_changes, [outside, inside])
            moved, new = outside.rename(inner / "moved.png"), paint(photos / "new" / "new.png", 3)
            paint(inner / "excluded.tmp.png", 4)
            await opened.index_until_found(all_changes, [moved, inside, new])
            inside.unlink()
            back = moved.rename(outside)
            await opened.index_until_found(all_changes, [back, new])

    opened.do(live())
    assert [root.photos for root in opened.status().roots] == [2, 0]
