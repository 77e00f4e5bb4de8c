"""Test actions on a library whose folder is watched: changes, and the background runs that they start."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from core.types import Changes
from desktop.indexing import background_runs
from tests.helpers.desktop.window_driver import WindowFixture, image

if TYPE_CHECKING:
    from pathlib import Path

    import pytest
    from pytestqt.qtbot import QtBot

HOUR_MS = 3_600_000
NEW = "green.png"


def add_photo(ui: WindowFixture, photos: Path, name: str = NEW) -> Changes:
    """Add a photo to the folder and have the engine report the change."""
    image("green").save(str(photos / name))
    changes = Changes(paths=frozenset({photos / name}))
    ui.engine.changes.put_nowait(changes)
    return changes


def start_blocked_run(qtbot: QtBot, ui: WindowFixture, photos: Path) -> Changes:
    """Start a background run that waits at the index gate."""
    ui.engine.index_gate.shut()
    changes = add_photo(ui, photos)
    qtbot.waitUntil(lambda: ui.engine.indexed_changes == [changes])
    return changes


def stretch_show_delays(monkeypatch: pytest.MonkeyPatch) -> None:
    """Delay the progress of background runs for hours, so that it appears only if a test calls `elapse_show_delay`."""
    monkeypatch.setattr(background_runs, "SHOW_DELAY_MS", HOUR_MS)
    monkeypatch.setattr(background_runs, "SCAN_SHOW_DELAY_MS", 2 * HOUR_MS)


def show_delay_timers(ui: WindowFixture, milliseconds: int) -> list[QTimer]:
    """Return the active timers with this interval: one if the current run is waiting to be shown, otherwise none."""
    timers = ui.window.findChildren(QTimer)
    return [timer for timer in timers if timer.isActive() and timer.interval() == milliseconds]


def elapse_show_delay(qtbot: QtBot, ui: WindowFixture, milliseconds: int = HOUR_MS) -> None:
    """End the delay of the current run, and wait until its progress is visible."""
    qtbot.waitUntil(lambda: bool(show_delay_timers(ui, milliseconds)))
    assert not ui.shell.progress.isVisible()
    show_delay_timers(ui, milliseconds)[0].start(0)
    qtbot.waitUntil(ui.shell.progress.isVisible)
