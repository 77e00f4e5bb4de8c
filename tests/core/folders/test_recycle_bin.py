"""Photos are moved to the recycle bin of the system, and only if they are what the library knows."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest

from core.folders import recycle_bin
from tests.helpers.indexing.bench import paint, paint_many

if TYPE_CHECKING:
    from pathlib import Path

    from tests.helpers.engine.fixtures import OpenEngine

pytest_plugins = ["tests.helpers.engine.fixtures"]
pytestmark = pytest.mark.skipif(sys.platform in {"win32", "darwin"}, reason="looks into the bin of Linux")


@pytest.fixture
def photos(tmp_path: Path) -> Path:
    return tmp_path / "photos"


@pytest.fixture(autouse=True)
def trash(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return an empty bin on the file system of the photos, in place of that of the user."""
    from send2trash import plat_other

    data = tmp_path / "data"
    monkeypatch.setattr(plat_other, "XDG_DATA_HOME", os.fsencode(data))
    monkeypatch.setattr(plat_other, "HOMETRASH_B", os.fsencode(data / "Trash"))
    monkeypatch.setattr(plat_other, "get_dev", lambda _: 1)
    return data / "Trash"


def in_bin(trash: Path) -> list[str]:
    return sorted(file.name for file in (trash / "files").iterdir()) if trash.exists() else []


def test_photos_are_moved_and_can_be_restored_and_are_not_found_any_more(
    opened: OpenEngine, photos: Path, trash: Path
) -> None:
    paint_many(photos, 3)
    odd = paint(photos / "sub" / "it's 100 %, größe\udcff.png", 50)
    opened.index(photos)
    content = odd.read_bytes()

    report = opened.do(opened.engine.move_to_bin([odd]))

    assert (report.moved, report.failed) == ((odd,), ())
    assert not odd.exists()
    (name,) = in_bin(trash)
    assert (trash / "files" / name).read_bytes() == content
    (info,) = (trash / "info").iterdir()
    path = next(line for line in info.read_text().splitlines() if line.startswith("Path="))
    assert unquote(path.removeprefix("Path="), errors="surrogateescape") == str(odd)
    assert opened.do(opened.engine.photo_count()) == 3
    assert odd not in opened.paths(photos / "0.png" if (photos / "0.png").exists() else next(photos.glob("*.png")))


def test_a_photo_that_has_changed_or_vanished_or_is_not_in_the_library_stays_where_it_is(
    opened: OpenEngine, photos: Path, trash: Path, tmp_path: Path
) -> None:
    changed, vanished = paint(photos / "changed.png", 1), paint(photos / "vanished.png", 2)
    opened.index(photos)
    paint(changed, 3, (90, 90))
    vanished.unlink()
    new, outside = paint(photos / "new.png", 4), paint(tmp_path / "outside.png", 5)

    report = opened.do(opened.engine.move_to_bin([changed, vanished, new, outside]))

    assert report.moved == ()
    assert [(failure.path, failure.reason) for failure in report.failed] == [
        (changed, recycle_bin.CHANGED),
        (vanished, recycle_bin.NOT_FOUND),
        (new, recycle_bin.NOT_IN_LIBRARY),
        (outside, recycle_bin.NOT_IN_LIBRARY),
    ]
    assert changed.exists()
    assert new.exists()
    assert outside.exists()
    assert in_bin(trash) == []


def test_a_photo_of_a_folder_that_is_not_available_is_not_looked_for(
    opened: OpenEngine, photos: Path, trash: Path
) -> None:
    photo = paint(photos / "a.png", 1)
    opened.index(photos)
    away = photos.rename(photos.with_name("away"))
    report = opened.do(opened.engine.move_to_bin([photo]))
    assert [failure.reason for failure in report.failed] == [recycle_bin.NOT_AVAILABLE]
    assert (away / "a.png").exists()
    assert in_bin(trash) == []


def test_of_a_link_only_the_link_is_moved(opened: OpenEngine, photos: Path, trash: Path, tmp_path: Path) -> None:
    target = paint(tmp_path / "elsewhere" / "target.png", 1)
    photos.mkdir()
    link = photos / "link.png"
    link.symlink_to(target)
    opened.index(photos)
    report = opened.do(opened.engine.move_to_bin([link]))
    assert report.moved == (link,)
    assert target.exists()
    assert in_bin(trash) == ["link.png"]


def test_a_photo_that_the_bin_does_not_take_stays_and_the_others_are_moved(
    opened: OpenEngine, photos: Path, trash: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import send2trash

    real = send2trash.send2trash

    def refuse(path: Path) -> None:
        if path.name == "stays.png":
            raise PermissionError(13, "Permission denied")
        real(path)

    monkeypatch.setattr(send2trash, "send2trash", refuse)
    stays, goes = paint(photos / "stays.png", 1), paint(photos / "goes.png", 2)
    opened.index(photos)
    report = opened.do(opened.engine.move_to_bin([stays, goes]))
    assert report.moved == (goes,)
    (failure,) = report.failed
    assert failure.path == stays
    assert "Permission denied" in failure.reason
    assert stays.exists()
    assert in_bin(trash) == ["goes.png"]
    assert opened.do(opened.engine.photo_count()) == 1
