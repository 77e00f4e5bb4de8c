from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from core.errors import LibraryError, VectorIndexError
from core.reports import Hold
from core.types import Changes
from desktop.folders.dialog import FoldersDialog
from tests.helpers.desktop.watched_folder import (
    HOUR_MS,
    NEW,
    add_photo,
    elapse_show_delay,
    show_delay_timers,
    start_blocked_run,
)
from tests.helpers.desktop.window_driver import WindowFixture, drop, files, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

    from tests.helpers.desktop.fake_engine import FakeEngine


def test_changes_are_indexed_and_shown_without_a_report(qtbot: QtBot, watching_ui: WindowFixture, photos: Path) -> None:
    drop(watching_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: len(watching_ui.names) == 5)
    changes = add_photo(watching_ui, photos)
    qtbot.waitUntil(lambda: NEW in watching_ui.names)
    assert watching_ui.engine.indexed_changes == [changes]
    assert watching_ui.shell.status_text.startswith("6 photos")
    assert not watching_ui.shell.progress.isVisible()
    assert not watching_ui.shell.actions.stop.isEnabled()
    (photos / NEW).unlink()
    watching_ui.engine.changes.put_nowait(changes)
    qtbot.waitUntil(lambda: NEW not in watching_ui.names)


def test_a_rescan_without_changes_repeats_neither_the_search_nor_the_thumbnails(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    watching_ui.results.model.show_weak(True)
    drop(watching_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(watching_ui.engine.thumbnails_done) == set(photos.iterdir()))
    asked, fetched = len(watching_ui.engine.requests), len(watching_ui.engine.thumbnails_begun)
    watching_ui.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(lambda: bool(watching_ui.engine.indexed_changes))
    wait_until_idle(qtbot, watching_ui)
    assert (len(watching_ui.engine.requests), len(watching_ui.engine.thumbnails_begun)) == (asked, fetched)


def test_thumbnails_are_requested_again_when_a_root_is_back(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine, whole = watching_ui.engine, Changes(roots=frozenset({"root-0"}))
    engine.offline.add(photos)
    engine.changes.put_nowait(whole)
    qtbot.waitUntil(lambda: "not available" in watching_ui.shell.status_text)
    watching_ui.results.model.show_weak(True)
    drop(watching_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(engine.thumbnails_done) == set(photos.iterdir()))
    asked = len(engine.thumbnails_begun)

    engine.offline.clear()
    engine.changes.put_nowait(whole)

    qtbot.waitUntil(lambda: set(engine.thumbnails_begun[asked:]) == set(photos.iterdir()))


def test_only_failed_thumbnails_are_requested_again_when_a_drive_inside_a_root_is_back(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine, blue = watching_ui.engine, photos / "blue.png"
    blue.rename(away := photos.with_name("on the drive"))
    watching_ui.results.model.show_weak(True)
    drop(watching_ui.window, files(photos / "red.png"))
    qtbot.waitUntil(lambda: set(engine.thumbnails_begun) == set(engine.photos))
    qtbot.waitUntil(lambda: set(engine.thumbnails_done) == set(photos.iterdir()))
    shown = len(engine.thumbnails_done)
    away.rename(blue)

    engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))

    qtbot.waitUntil(lambda: engine.thumbnails_done[shown:] == [blue])


@pytest.fixture
def _status_is_refreshed_without_delay(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("desktop.shell.library_status.MIN_INTERVAL_S", 0.0)


@pytest.mark.usefixtures("_status_is_refreshed_without_delay")
def test_the_status_reports_an_offline_root_when_its_thumbnails_fail(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    assert "not available" not in watching_ui.shell.status_text
    watching_ui.engine.offline.add(photos)
    photos.rename(photos.with_name("away"))
    drop(watching_ui.window, files(photos.with_name("away") / "red.png"))
    qtbot.waitUntil(lambda: "not available" in watching_ui.shell.status_text)


def test_a_background_run_that_reads_photos_for_long_is_shown_with_its_report(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    progress, commands = watching_ui.shell.progress, watching_ui.shell.actions
    start_blocked_run(qtbot, watching_ui, photos)
    elapse_show_delay(qtbot, watching_ui)
    assert progress.text.startswith("0 of 1 photos")
    assert commands.stop.isEnabled()
    assert commands.pause.isEnabled()
    watching_ui.engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == "Done: 1 indexed")
    qtbot.waitUntil(lambda: not commands.stop.isEnabled())


def test_a_paused_background_run_is_shown(qtbot: QtBot, watching_ui: WindowFixture, photos: Path) -> None:
    watching_ui.engine.throttle.enter(Hold.ON_BATTERY)
    add_photo(watching_ui, photos)
    elapse_show_delay(qtbot, watching_ui)
    assert watching_ui.shell.progress.text.startswith("Paused on battery power")
    watching_ui.engine.throttle.enter(Hold.RUNNING)
    qtbot.waitUntil(lambda: watching_ui.shell.progress.text == "Done: 1 indexed")


def test_a_run_of_the_user_interrupts_a_background_run_that_is_then_repeated(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path, tmp_path: Path
) -> None:
    engine = watching_ui.engine
    other = tmp_path / "other"
    other.mkdir()
    image("yellow").save(str(other / "yellow.png"))
    changes = start_blocked_run(qtbot, watching_ui, photos)
    drop(watching_ui.window, files(other))
    qtbot.waitUntil(lambda: engine.indexed_folders[-1] == (other,))
    assert engine.cancelled_runs == 1
    assert engine.indexed_changes == [changes]
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 7)
    assert engine.indexed_changes == [changes, changes]
    qtbot.waitUntil(lambda: watching_ui.shell.progress.text == "Done: 1 indexed")


def test_an_interrupted_background_run_leaves_the_progress_to_the_run_of_the_user(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    progress = watching_ui.shell.progress
    start_blocked_run(qtbot, watching_ui, photos)
    elapse_show_delay(qtbot, watching_ui)
    watching_ui.query_input.folders_chosen.emit((photos,))
    qtbot.waitUntil(lambda: progress.text.startswith("0 of 6 photos"))
    assert watching_ui.shell.actions.stop.isEnabled()
    watching_ui.engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == "Done: 1 indexed, 5 already indexed")
    wait_until_idle(qtbot, watching_ui)
    assert progress.text == "Done: 1 indexed, 5 already indexed"


def test_a_background_run_that_a_removal_interrupts_is_no_longer_shown(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine, progress = watching_ui.engine, watching_ui.shell.progress
    changes = start_blocked_run(qtbot, watching_ui, photos)
    elapse_show_delay(qtbot, watching_ui)
    engine.remove_gate.shut()
    watching_ui.shell.actions.folders.trigger()
    dialog = watching_ui.window.findChild(FoldersDialog)
    assert dialog
    dialog.remove_confirmed.emit(engine.roots[0])
    qtbot.waitUntil(lambda: engine.cancelled_runs == 1)
    qtbot.waitUntil(lambda: not progress.isVisible())
    engine.remove_gate.set()
    qtbot.waitUntil(lambda: engine.indexed_changes == [changes, changes])
    dialog.reject()


def test_a_background_run_that_stores_for_long_is_not_shown(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    watching_ui.engine.store_gate.shut()
    add_photo(watching_ui, photos)
    qtbot.waitUntil(lambda: len(watching_ui.engine.photos) == 6)
    assert show_delay_timers(watching_ui, HOUR_MS) == show_delay_timers(watching_ui, 2 * HOUR_MS) == []
    assert not watching_ui.shell.progress.isVisible()


def test_each_type_of_error_is_reported_once_until_a_run_succeeds(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine, banner = watching_ui.engine, watching_ui.shell.banner

    def index_a_change() -> None:
        before = len(engine.indexed_changes)
        add_photo(watching_ui, photos)
        qtbot.waitUntil(lambda: len(engine.indexed_changes) > before)
        wait_until_idle(qtbot, watching_ui)

    engine.index_error = VectorIndexError("The index is full.")
    index_a_change()
    assert banner.text == "The index is full."
    banner.hide()
    index_a_change()
    assert not banner.isVisible()
    engine.index_error = LibraryError("The disk is full.")
    index_a_change()
    assert (banner.text, banner.isVisible()) == ("The disk is full.", True)
    banner.hide()
    engine.index_error = None
    index_a_change()
    engine.index_error = LibraryError("The disk is full.")
    index_a_change()
    assert banner.isVisible()


def test_an_error_while_watching_is_reported(qtbot: QtBot, watching_ui: WindowFixture) -> None:
    watching_ui.engine.changes.put_nowait("Too many folders to watch: they are looked at every ten minutes.")
    qtbot.waitUntil(lambda: watching_ui.shell.banner.text.startswith("Too many folders"))
    assert watching_ui.engine.active_watches == 1


def test_a_library_without_its_model_is_watched_from_the_first_run_on(
    qtbot: QtBot, engine: FakeEngine, opening_ui: WindowFixture, photos: Path
) -> None:
    engine.download_gate.shut()
    qtbot.waitUntil(opening_ui.shell.progress.isVisible)
    opening_ui.shell.progress.ask_to_stop()
    wait_until_idle(qtbot, opening_ui)
    assert engine.active_watches == 0
    drop(opening_ui.window, files(photos))
    qtbot.waitUntil(lambda: engine.active_watches == 1)
