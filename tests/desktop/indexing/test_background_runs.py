from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from core.errors import VectorIndexError
from core.types import Changes
from tests.helpers.desktop.watched_folder import HOUR_MS, NEW, add_photo, elapse_show_delay, start_blocked_run
from tests.helpers.desktop.window_driver import WindowFixture, button, image, wait_until_idle

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot


def test_changes_are_indexed_after_the_run_of_the_user(qtbot: QtBot, watching_ui: WindowFixture, photos: Path) -> None:
    engine = watching_ui.engine
    engine.index_gate.shut()
    watching_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: len(engine.indexed_folders) == 2)
    add_photo(watching_ui, photos)
    qtbot.waitUntil(engine.changes.empty)
    assert engine.indexed_changes == []
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.indexed_changes) == 1)
    assert engine.cancelled_runs == 0


@pytest.fixture
def updating_ui(qtbot: QtBot, watching_ui: WindowFixture) -> WindowFixture:
    """Return a window in which the user has started a run."""
    watching_ui.engine.index_gate.shut()
    watching_ui.shell.actions.update_library.trigger()
    qtbot.waitUntil(lambda: watching_ui.shell.progress.text.startswith("0 of 5"))
    return watching_ui


def test_a_waiting_rescan_is_dropped_when_the_user_stops_the_current_run(
    qtbot: QtBot, updating_ui: WindowFixture
) -> None:
    engine, progress = updating_ui.engine, updating_ui.shell.progress
    engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    qtbot.waitUntil(engine.changes.empty)
    QTest.mouseClick(button(progress, "Stop"), Qt.MouseButton.LeftButton)
    wait_until_idle(qtbot, updating_ui)
    assert progress.text.startswith("Stopped.")
    assert engine.indexed_changes == []


def test_waiting_file_changes_are_kept_when_the_user_stops_the_current_run(
    qtbot: QtBot, updating_ui: WindowFixture, photos: Path
) -> None:
    engine = updating_ui.engine
    image("green").save(str(photos / NEW))
    changes = Changes(frozenset({photos / NEW}), frozenset({"root-0"}))
    engine.changes.put_nowait(changes)
    qtbot.waitUntil(engine.changes.empty)
    updating_ui.shell.actions.stop.trigger()
    engine.index_gate.set()
    qtbot.waitUntil(lambda: len(engine.photos) == 6)
    assert engine.indexed_changes == [replace(changes, roots=frozenset())]


def test_a_stopped_background_run_is_not_repeated_but_later_changes_are_indexed(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine, progress = watching_ui.engine, watching_ui.shell.progress
    first = start_blocked_run(qtbot, watching_ui, photos)
    elapse_show_delay(qtbot, watching_ui)
    QTest.mouseClick(button(progress, "Stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: progress.text.startswith("Stopped."))
    wait_until_idle(qtbot, watching_ui)
    assert engine.indexed_changes == [first]
    engine.index_gate.set()
    second = add_photo(watching_ui, photos, "olive.png")
    qtbot.waitUntil(lambda: len(engine.photos) == 7)
    assert engine.indexed_changes == [first, second]


def test_changes_of_a_failed_run_are_indexed_once_more_with_the_next_changes(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine = watching_ui.engine
    engine.index_error = VectorIndexError("The index is full.")
    first = add_photo(watching_ui, photos)
    qtbot.waitUntil(lambda: engine.indexed_changes == [first])
    wait_until_idle(qtbot, watching_ui)
    engine.index_error = None
    roots = Changes(roots=frozenset({"root-0"}))
    engine.changes.put_nowait(roots)
    qtbot.waitUntil(lambda: engine.indexed_changes == [first, Changes(first.paths, roots.roots)])
    wait_until_idle(qtbot, watching_ui)
    third = add_photo(watching_ui, photos, "olive.png")
    qtbot.waitUntil(lambda: engine.indexed_changes[2:] == [third])


def test_changes_of_a_run_that_failed_because_of_a_bug_are_not_indexed_again(
    qtbot: QtBot, watching_ui: WindowFixture, photos: Path
) -> None:
    engine = watching_ui.engine
    engine.index_error = ValueError("a mistake")
    first = add_photo(watching_ui, photos)
    qtbot.waitUntil(lambda: engine.indexed_changes == [first])
    wait_until_idle(qtbot, watching_ui)
    engine.index_error = None
    second = add_photo(watching_ui, photos, "olive.png")
    qtbot.waitUntil(lambda: engine.indexed_changes == [first, second])


@pytest.fixture
def scanning_ui(qtbot: QtBot, watching_ui: WindowFixture) -> WindowFixture:
    """Return a window that shows a background run because it has been scanning for long."""
    watching_ui.engine.scan_gate.shut()
    watching_ui.engine.changes.put_nowait(Changes(roots=frozenset({"root-0"})))
    elapse_show_delay(qtbot, watching_ui, 2 * HOUR_MS)
    return watching_ui


def test_a_long_scan_is_shown_and_can_be_stopped(qtbot: QtBot, scanning_ui: WindowFixture) -> None:
    progress = scanning_ui.shell.progress
    assert progress.text.startswith("Looking for photos")
    scanning_ui.shell.actions.stop.trigger()
    qtbot.waitUntil(lambda: progress.text.startswith("Stopped."))
    assert scanning_ui.engine.cancelled_runs == 1


def test_a_long_scan_that_finds_nothing_new_disappears_without_a_report(
    qtbot: QtBot, scanning_ui: WindowFixture
) -> None:
    scanning_ui.engine.scan_gate.set()
    qtbot.waitUntil(lambda: not scanning_ui.shell.progress.isVisible())
    assert not scanning_ui.shell.actions.stop.isEnabled()


def test_a_run_that_is_shown_can_still_be_stopped_after_a_folder_could_not_be_added(
    qtbot: QtBot, scanning_ui: WindowFixture, tmp_path: Path
) -> None:
    actions = scanning_ui.shell.actions
    scanning_ui.query_input.folders_chosen.emit((tmp_path / "gone",))
    with qtbot.waitSignal(scanning_ui.shell.library.changed):  # the end of the attempt to add the folder
        pass
    assert scanning_ui.shell.banner.isVisible()
    assert scanning_ui.shell.progress.isVisible()
    assert (actions.stop.isEnabled(), actions.update_library.isEnabled()) == (True, False)
