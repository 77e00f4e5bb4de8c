from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import LibraryError, VectorIndexError
from core.reports import Hold
from core.types import Changes
from desktop.folders.dialog import FoldersDialog
from tests.helpers.desktop.watching import HOUR_MS, NEW, begin, change, let_last, patience
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.fake_engine import FakeEngine


def test_what_has_changed_is_indexed_and_shown_without_a_word(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    drop(watching.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: len(watching.names) == 5)
    changes = change(watching, photos)
    qtbot.waitUntil(lambda: NEW in watching.names)
    assert watching.engine.looked_at == [changes]
    assert watching.shell.status_text.startswith("6 photos")
    assert not watching.shell.progress.isVisible()
    assert not watching.shell.actions.stop.isEnabled()
    (photos / NEW).unlink()
    watching.engine.changes.put_nowait(changes)
    qtbot.waitUntil(lambda: NEW not in watching.names)


def test_a_change_that_is_none_for_photos_asks_nothing_again(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    drop(watching.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(watching.engine.thumbnails_done) == set(photos.iterdir()))
    asked, fetched = len(watching.engine.requests), len(watching.engine.thumbnails_begun)
    watching.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(watching.engine.looked_at))
    wait_until_idle(qtbot, watching)
    assert (len(watching.engine.requests), len(watching.engine.thumbnails_begun)) == (asked, fetched)


def test_thumbnails_are_asked_for_again_when_a_folder_is_back(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine, whole = watching.engine, Changes(roots=frozenset({"root-0"}))
    engine.away.add(photos)
    engine.changes.put_nowait(whole)
    qtbot.waitUntil(lambda: "not available" in watching.shell.status_text)
    drop(watching.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(engine.thumbnails_done) == set(photos.iterdir()))
    asked = len(engine.thumbnails_begun)

    engine.away.clear()
    engine.changes.put_nowait(whole)

    qtbot.waitUntil(lambda: set(engine.thumbnails_begun[asked:]) == set(photos.iterdir()))


def test_only_what_could_not_be_shown_is_asked_for_again_when_a_drive_in_a_folder_is_back(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine, blue = watching.engine, photos / "blue.png"
    blue.rename(away := photos.with_name("on the drive"))
    drop(watching.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(engine.thumbnails_begun) == set(engine.photos))
    qtbot.waitUntil(lambda: set(engine.thumbnails_done) == set(photos.iterdir()))
    shown = len(engine.thumbnails_done)
    away.rename(blue)

    engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))

    qtbot.waitUntil(lambda: engine.thumbnails_done[shown:] == [blue])


@pytest.fixture
def _status_is_asked_as_often_as_wanted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.shell.library_status.MIN_INTERVAL_S", 0.0)


@pytest.mark.usefixtures("_status_is_asked_as_often_as_wanted")
def test_a_folder_that_is_away_is_told_when_its_photos_cannot_be_shown(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    assert "not available" not in watching.shell.status_text
    watching.engine.away.add(photos)
    photos.rename(photos.with_name("away"))
    drop(watching.window, files(photos.with_name("away") / "red.png"))
    qtbot.waitUntil(lambda: "not available" in watching.shell.status_text)


def test_a_run_that_reads_photos_for_long_is_shown_with_its_report(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    progress, commands = watching.shell.progress, watching.shell.actions
    begin(qtbot, watching, photos)
    let_last(qtbot, watching)
    assert progress.text.startswith("0 of 1 photos")
    assert commands.stop.isEnabled()
    assert commands.pause.isEnabled()
    watching.engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == "Done: 1 indexed")
    qtbot.waitUntil(lambda: not commands.stop.isEnabled())


def test_a_run_that_is_held_is_shown(qtbot: QtBot, watching: WindowFixture, photos: Path) -> None:
    watching.engine.pace.enter(Hold.ON_BATTERY)
    change(watching, photos)
    let_last(qtbot, watching)
    assert watching.shell.progress.text.startswith("Paused on battery power")
    watching.engine.pace.enter(Hold.RUNNING)
    qtbot.waitUntil(lambda: watching.shell.progress.text == "Done: 1 indexed")


def test_what_the_user_asks_for_comes_first_and_the_changes_after_it(
    qtbot: QtBot, watching: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    engine = watching.engine
    other = tmp_path / "other"
    other.mkdir()
    image("yellow").save(str(other / "yellow.png"))
    changes = begin(qtbot, watching, photos)
    drop(watching.window, files(other))
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (other,))
    assert engine.cancelled_runs == 1
    assert engine.looked_at == [changes]
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 7)
    assert engine.looked_at == [changes, changes]
    qtbot.waitUntil(lambda: watching.shell.progress.text == "Done: 1 indexed")


def test_a_shown_run_that_gives_way_leaves_the_progress_to_the_other(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    progress = watching.shell.progress
    begin(qtbot, watching, photos)
    let_last(qtbot, watching)
    watching.chooser.folders_chosen.emit((photos,))
    qtbot.waitUntil(lambda: progress.text.startswith("0 of 6 photos"))
    assert watching.shell.actions.stop.isEnabled()
    watching.engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == "Done: 1 indexed, 5 already indexed")
    wait_until_idle(qtbot, watching)
    assert progress.text == "Done: 1 indexed, 5 already indexed"


def test_a_shown_run_that_gives_way_to_what_has_no_progress_is_shown_no_longer(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine, progress = watching.engine, watching.shell.progress
    changes = begin(qtbot, watching, photos)
    let_last(qtbot, watching)
    engine.remove_gate.shut()
    watching.shell.actions.folders.trigger()
    dialog = watching.window.findChild(FoldersDialog)
    assert dialog
    dialog.remove_confirmed.emit(engine.roots[0])
    qtbot.waitUntil(lambda: engine.cancelled_runs == 1)
    qtbot.waitUntil(lambda: not progress.isVisible())
    engine.remove_gate.set()
    qtbot.waitUntil(lambda: engine.looked_at == [changes, changes])
    dialog.reject()


def test_a_run_that_only_tidies_up_for_long_is_not_shown(qtbot: QtBot, watching: WindowFixture, photos: Path) -> None:
    watching.engine.store_gate.shut()
    change(watching, photos)
    qtbot.waitUntil(lambda: len(watching.engine.photos) == 6)
    assert patience(watching, HOUR_MS) == patience(watching, 2 * HOUR_MS) == []
    assert not watching.shell.progress.isVisible()


def test_a_trouble_is_told_once_for_each_kind_until_a_run_goes_well(
    qtbot: QtBot, watching: WindowFixture, photos: Path
) -> None:
    engine, banner = watching.engine, watching.shell.banner

    def look() -> None:
        before = len(engine.looked_at)
        change(watching, photos)
        qtbot.waitUntil(lambda: len(engine.looked_at) > before)
        wait_until_idle(qtbot, watching)

    engine.index_error = VectorIndexError("The index is full.")
    look()
    assert banner.text == "The index is full."
    banner.hide()
    look()
    assert not banner.isVisible()
    engine.index_error = LibraryError("The disk is full.")
    look()
    assert (banner.text, banner.isVisible()) == ("The disk is full.", True)
    banner.hide()
    engine.index_error = None
    look()
    engine.index_error = LibraryError("The disk is full.")
    look()
    assert banner.isVisible()


def test_trouble_with_watching_is_told(qtbot: QtBot, watching: WindowFixture) -> None:
    watching.engine.changes.put_nowait("Too many folders to watch: they are looked at every ten minutes.")
    qtbot.waitUntil(lambda: watching.shell.banner.text.startswith("Too many folders"))
    assert watching.engine.watches == 1


def test_a_library_whose_model_is_not_there_is_watched_from_the_first_run_on(
    qtbot: QtBot, engine: FakeEngine, opening_ui: WindowFixture, photos: Path
) -> None:
    engine.download_gate.shut()
    qtbot.waitUntil(opening_ui.shell.progress.isVisible)
    opening_ui.shell.progress.ask_to_stop()
    wait_until_idle(qtbot, opening_ui)
    assert engine.watches == 0
    drop(opening_ui.window, files(photos))
    qtbot.waitUntil(lambda: engine.watches == 1)
