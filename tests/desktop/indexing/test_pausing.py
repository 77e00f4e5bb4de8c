from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QProgressBar, QPushButton

from core.reports import Hold
from desktop.shell.progress_panel import STEPS
from tests.helpers.desktop.window_driver import WindowFixture, button, drop, files

if TYPE_CHECKING:
    from pathlib import Path

    from pytestqt.qtbot import QtBot

DOT = " \N{MIDDLE DOT} "


@pytest.fixture
def indexing_ui(qtbot: QtBot, empty_ui: WindowFixture, photos: Path) -> WindowFixture:
    """Return a window whose run is at the first of five photos."""
    empty_ui.engine.index_gate.shut()
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: empty_ui.shell.progress.text.startswith("0 of 5"))
    return empty_ui


def test_a_run_is_paused_and_resumed_with_its_button(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    engine, progress = indexing_ui.engine, indexing_ui.shell.progress
    QTest.mouseClick(button(progress, "Pause"), Qt.MouseButton.LeftButton)
    assert engine.is_paused
    engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == f"Paused{DOT}0 of 5 photos")
    bar = progress.findChild(QProgressBar)
    assert bar
    assert (bar.value(), bar.maximum()) == (0, STEPS)
    QTest.mouseClick(button(progress, "Resume"), Qt.MouseButton.LeftButton)
    assert not engine.is_paused
    qtbot.waitUntil(lambda: progress.text == "Done: 5 indexed")
    assert not any(found.isVisible() for found in progress.findChildren(QPushButton) if found.text() == "Pause")


def test_the_bar_stays_where_it_is_while_a_run_is_paused(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    engine, progress = indexing_ui.engine, indexing_ui.shell.progress
    bar = progress.findChild(QProgressBar)
    assert bar

    def pause_at_third() -> None:
        if len(engine.photos) == 2:
            engine.pause()

    bar.valueChanged.connect(pause_at_third)
    engine.index_gate.set()
    qtbot.waitUntil(lambda: progress.text == f"Paused{DOT}2 of 5 photos")
    assert bar.value() == STEPS * 2 // 5


def test_pausing_a_scan_stops_the_indeterminate_progress_bar(
    qtbot: QtBot, empty_ui: WindowFixture, photos: Path
) -> None:
    progress = empty_ui.shell.progress
    bar = progress.findChild(QProgressBar)
    assert bar
    empty_ui.engine.throttle.enter(Hold.ON_BATTERY)
    drop(empty_ui.window, files(photos))
    qtbot.waitUntil(lambda: progress.text == f"Paused on battery power{DOT}0 photos found")
    assert bar.maximum() == STEPS
    empty_ui.engine.throttle.enter(Hold.RUNNING)
    qtbot.waitUntil(lambda: progress.text == "Done: 5 indexed")


def test_the_shortcut_pauses_and_resumes_a_run(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    window = indexing_ui.window
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    assert window.shell.actions.pause.text() == "&Pause indexing"
    QTest.keySequence(window, window.shell.actions.pause.shortcut())
    assert indexing_ui.engine.is_paused
    assert window.shell.actions.pause.text() == "&Resume indexing"
    QTest.keySequence(window, window.shell.actions.pause.shortcut())
    assert not indexing_ui.engine.is_paused


def test_pausing_is_disabled_in_a_library_without_roots(empty_ui: WindowFixture) -> None:
    assert not empty_ui.shell.actions.pause.isEnabled()


def test_a_pause_between_runs_is_shown_and_can_be_ended(ui: WindowFixture) -> None:
    pause = ui.shell.actions.pause
    pause.trigger()
    assert "indexing paused" in ui.shell.status_text
    assert pause.text() == "&Resume indexing"
    pause.trigger()
    assert "paused" not in ui.shell.status_text
    assert pause.text() == "&Pause indexing"


def test_an_update_ends_a_pause(qtbot: QtBot, ui: WindowFixture) -> None:
    ui.shell.actions.pause.trigger()
    ui.shell.actions.update_library.trigger()
    assert not ui.engine.is_paused
    assert "paused" not in ui.shell.status_text
    qtbot.waitUntil(lambda: ui.shell.progress.text == "Done: 5 already indexed")


def test_adding_a_folder_ends_a_pause(qtbot: QtBot, ui: WindowFixture, other: Path) -> None:
    ui.shell.actions.pause.trigger()
    drop(ui.window, files(other))
    assert not ui.engine.is_paused
    qtbot.waitUntil(lambda: ui.shell.progress.text == "Done: 1 indexed")


def test_a_paused_run_can_be_cancelled(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    window = indexing_ui.window
    window.shell.actions.pause.trigger()
    indexing_ui.engine.index_gate.set()
    QTest.mouseClick(button(window.shell.progress, "Stop"), Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.shell.progress.text.startswith("Stopped."))
    assert indexing_ui.engine.cancelled_runs == 1


def test_stopping_a_paused_run_ends_the_pause(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    actions, engine = indexing_ui.shell.actions, indexing_ui.engine
    actions.pause.trigger()
    actions.stop.trigger()
    qtbot.waitUntil(lambda: not actions.stop.isEnabled())
    assert not engine.is_paused
    assert "paused" not in indexing_ui.shell.status_text
    assert actions.pause.text() == "&Pause indexing"


def test_a_run_that_is_paused_on_battery_says_so(qtbot: QtBot, indexing_ui: WindowFixture) -> None:
    progress = indexing_ui.shell.progress
    indexing_ui.engine.throttle.enter(Hold.ON_BATTERY)
    assert progress.text == f"Paused on battery power{DOT}0 of 5 photos"
    assert button(progress, "Pause").isVisible()
    indexing_ui.engine.throttle.enter(Hold.RUNNING)
    assert progress.text.startswith("0 of 5 photos")
